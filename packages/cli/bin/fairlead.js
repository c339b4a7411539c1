#!/usr/bin/env node
// A file of its own, because npm links a command only if its file is there when it installs: before the build.
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  process.stderr.write('fairlead: this checkout is not built: run "npm run build" first\n');
  process.exitCode = 2;
}
