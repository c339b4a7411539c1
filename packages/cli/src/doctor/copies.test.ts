import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkCopies } from './copies.js';

let app: string;
beforeEach(() => {
  app = realpathSync(mkdtempSync(join(tmpdir(), 'fairlead-')));
});
afterEach(() => rmSync(app, { recursive: true }));

/** Installs a package at a path below the application; returns its folder. */
function install(path: string, version: string): string {
  const folder = join(app, path);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ version }));
  return folder;
}

it('says nothing where grpc-js or the client is not installed', () => {
  expect(checkCopies(app)).toEqual([]);
  install('node_modules/@grpc/grpc-js', '1.14.7');
  expect(checkCopies(app)).toEqual([]);
});

it('names libraries’ copies, wherever npm put them, as an aside', () => {
  install('node_modules/@grpc/grpc-js', '1.14.7');
  install('node_modules/@fairlead/client', '0.1.0');
  install('node_modules/gax', '1.0.0');
  install('node_modules/@scope/deep', '1.0.0');
  const deep = install('node_modules/@scope/deep/node_modules/gax/node_modules/@grpc/grpc-js', '1.8.0');
  const nested = install('node_modules/gax/node_modules/@grpc/grpc-js', '1.12.0');
  // A workspace's link leads back to the application.
  symlinkSync(app, join(app, 'node_modules', 'app'));
  const [check, ...more] = checkCopies(app);
  expect(more).toEqual([]);
  expect(check).toMatchObject({ id: 'grpc-js', ok: true });
  expect(check?.text).toMatch(
    /^this application and @fairlead\/client share @grpc\/grpc-js 1\.14\.7; libraries/,
  );
  expect(check?.text).toContain(`${nested} (1.12.0)`);
  expect(check?.text).toContain(`${deep} (1.8.0)`);
});

it.each([
  ['another', false],
  ['the same', true],
])('reads pnpm’s store, where the client has its copy beside it and the application %s', (_, same) => {
  const store = 'node_modules/.pnpm';
  const old = install(`${store}/@grpc+grpc-js@1.12.0/node_modules/@grpc/grpc-js`, '1.12.0');
  const fresh = install(`${store}/@grpc+grpc-js@1.14.7/node_modules/@grpc/grpc-js`, '1.14.7');
  const client = install(`${store}/@fairlead+client@0.1.0/node_modules/@fairlead/client`, '0.1.0');
  const link = (target: string, path: string): void => {
    mkdirSync(join(app, path, '..'), { recursive: true });
    symlinkSync(target, join(app, path));
  };
  link(fresh, `${store}/@fairlead+client@0.1.0/node_modules/@grpc/grpc-js`);
  link(client, 'node_modules/@fairlead/client');
  link(same ? fresh : old, 'node_modules/@grpc/grpc-js');
  const text = same
    ? `this application and @fairlead/client share @grpc/grpc-js 1.14.7; libraries that load ${old} (1.12.0) do not know k8s:/// unless register({ grpc }) gets that copy`
    : `two copies of @grpc/grpc-js: this application loads ${old} (1.12.0), @fairlead/client loads ${fresh} (1.14.7): k8s:/// is unknown to clients of the first`;
  expect(checkCopies(app)).toMatchObject([{ ok: same, text }]);
});
