import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

/** Root of the repository, seen from the sources as well as from what they compile to. */
function root(): URL {
  const here = new URL('../', import.meta.url);
  return existsSync(fileURLToPath(new URL('packages/', here))) ? here : new URL('../', here);
}

/** A file of what a real API server said, as text. */
export function recorded(scenario: string, file: string): string {
  const folder = new URL(`packages/discovery/test/fixtures/recordings/${scenario}/`, root());
  const path = fileURLToPath(new URL(file, folder));
  return existsSync(path)
    ? readFileSync(path, 'utf8')
    : gunzipSync(readFileSync(`${path}.gz`)).toString('utf8');
}

/** The lines of a recorded watch. */
export function recordedLines(scenario: string): readonly string[] {
  return recorded(scenario, 'watch.jsonl')
    .split('\n')
    .filter((line) => line !== '');
}
