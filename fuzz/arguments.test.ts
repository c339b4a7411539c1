import { expect, it } from 'vitest';
import { UsageError } from '#commands/command.js';
import { parseArguments } from './arguments.js';

const parse = (...argv: string[]) => parseArguments(argv, { known: ['dns', 'api'], seed: 5 });

it('runs every target for a minute', () => {
  expect(parse()).toEqual({ targets: ['dns', 'api'], seconds: 60, seed: 5, input: undefined, list: false });
});

it('reads names and options', () => {
  expect(parse('api', '--seconds', '300', '--seed', '23')).toMatchObject({
    targets: ['api'],
    seconds: 300,
    seed: 23,
  });
  expect(parse('dns', '--input', 'found/dns-1.txt').input).toBe('found/dns-1.txt');
  expect(parse('--list').list).toBe(true);
});

it.each([
  [['--seconds', '0'], '--seconds "0": accepted is a whole number from 1 to 86400'],
  [['--seconds', '1.5'], '--seconds "1.5": accepted is a whole number from 1 to 86400'],
  [['--seed'], '--seed "": accepted is a whole number from 0 to 2147483647'],
  [['--input', 'x'], '--input goes with the name of one target'],
  [['--fast'], 'option --fast is unknown; accepted: --seconds N, --seed S, --input FILE, --list'],
  [['tls'], 'target "tls" is unknown; accepted: dns, api'],
])('refuses %j', (argv, message) => {
  expect(() => parse(...argv)).toThrow(new UsageError(message));
});
