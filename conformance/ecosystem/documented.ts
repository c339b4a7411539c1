import { readFileSync } from 'node:fs';
import type { Bench } from './set-up.js';

const PAGE = new URL('../../../docs/troubleshooting.md', import.meta.url);

/** Judges that something goes wrong with the very words under which docs/troubleshooting.md explains it. */
export function judgeDocumented(bench: Bench, what: string, text: string, output: string): void {
  const explained = readFileSync(PAGE, 'utf8')
    .split('\n')
    .some((line) => line.startsWith('### ') && line.includes(text));
  const said = output.includes(text);
  const got = said ? text : (/^.*error.*$/im.exec(output)?.[0] ?? output).slice(0, 300);
  bench.report({
    case: `${what}: the words that the docs have`,
    expected: text,
    got: explained ? got : `${got}; no heading of docs/troubleshooting.md has it`,
    ok: said && explained,
  });
}
