import { expect, it } from 'vitest';
import { UsageError } from '#commands/command.js';
import { parseArguments } from './arguments.js';

const KNOWN = ['propagation', 'update-block', 'pick'];

it.each([
  { argv: [], expected: { names: KNOWN } },
  { argv: ['pick'], expected: { names: ['pick'] } },
  { argv: ['pick', 'propagation', 'pick'], expected: { names: ['pick', 'propagation'] } },
  { argv: ['--json', 'out.json'], expected: { names: KNOWN, json: 'out.json' } },
  { argv: ['pick', '--json', 'out.json'], expected: { names: ['pick'], json: 'out.json' } },
])('reads $argv', ({ argv, expected }) => {
  expect(parseArguments(argv, KNOWN)).toEqual(expected);
});

it.each([
  { argv: ['picks'], message: 'benchmark "picks" is unknown; accepted: propagation, update-block, pick' },
  { argv: ['--json'], message: '--json: the name of a file is missing' },
  { argv: ['--fast'], message: 'option --fast is unknown; accepted: --json FILE' },
])('refuses $argv', ({ argv, message }) => {
  expect(() => parseArguments(argv, KNOWN)).toThrow(new UsageError(message));
});
