import { expect, it } from 'vitest';
import { linesOf, matches, readExcerpts, readSteps } from './transcript.js';

const PAGE = `
# A page

\`\`\`console
$ npx fairlead sandbox up &
ready kubeconfig=…
$ node client.mjs \\
>   --fast
hello
world
\`\`\`

\`\`\`sh
$ not a step
\`\`\`

<!-- client.mjs -->
\`\`\`js
register();
\`\`\`

\`\`\`console
$ echo $?
0
\`\`\`
`;

it('reads commands and what follows them', () => {
  expect(readSteps(PAGE)).toEqual([
    { command: 'npx fairlead sandbox up &', expected: ['ready kubeconfig=…'], line: 5, background: true },
    {
      command: 'node client.mjs \\\n  --fast',
      expected: ['hello', 'world'],
      line: 7,
      background: false,
    },
    { command: 'echo $?', expected: ['0'], line: 23, background: false },
  ]);
});

it('reads code with its file', () => {
  expect(readExcerpts(PAGE)).toEqual([{ file: 'client.mjs', code: 'register();' }]);
});

it.each([
  ['```console\nhello\n```', 'line 2: output without a command'],
  ['```console\n$ true', 'a fence is not closed'],
])('refuses %j', (page, message) => {
  expect(() => readSteps(page)).toThrow(message);
});

it.each<[readonly string[], readonly string[], boolean]>([
  [[], [], true],
  [[], ['more'], false],
  [['a'], [], false],
  [['a (b) $1'], ['a (b) $1'], true],
  [['pod …: …'], ['pod echo-1: ok'], true],
  [['pod …: ok'], ['pod echo-1: bad'], false],
  [['NAME   READY'], ['NAME       READY'], true],
  [['NAME READY'], ['NAMEREADY'], false],
  [['…'], [], true],
  [['…', 'b'], ['x', 'y', 'b'], true],
  [['a', '…', 'd'], ['a', 'b', 'c', 'd'], true],
  [['a', '…', 'd'], ['a', 'b', 'c'], false],
  [['a', '…'], ['a'], true],
])('%j against %j: %j', (expected, lines, same) => {
  expect(matches(expected, lines)).toBe(same);
});

it('leaves blanks at the end out', () => {
  expect(linesOf('a \r\n\nb\n\n')).toEqual(['a', '', 'b']);
});
