import { describe, expect, it } from 'vitest';
import { UsageError } from '#commands/command.js';
import { parseArguments } from './arguments.js';

const parse = (...argv: string[]) => parseArguments(argv, { known: ['chaos', 'discovery'], seed: 7 });

describe('the command line of the soak', () => {
  it('runs every part for a minute when nothing is asked for', () => {
    expect(parse()).toEqual({ parts: ['chaos', 'discovery'], minutes: 1, seed: 7, json: false });
  });

  it('takes parts, minutes, a seed and JSON', () => {
    const asked = parse('discovery', '--minutes', '2.5', '--seed', '0', '-o', 'json');
    expect(asked).toEqual({ parts: ['discovery'], minutes: 2.5, seed: 0, json: true });
  });

  it.each([
    [['--minutes', 'soon'], '--minutes "soon": accepted is a number from 0.1 to 10080'],
    [['--minutes'], '--minutes "": accepted is a number from 0.1 to 10080'],
    [['--seed', '1.5'], '--seed "1.5": accepted is a whole number from 0 to 4294967295'],
    [['-o', 'yaml'], '-o "yaml": accepted is json'],
    [['--fast'], 'option --fast is unknown; accepted: --minutes N, --seed S, -o json'],
    [['chaso'], 'part "chaso" is unknown; accepted: chaos, discovery'],
  ])('refuses %j', (argv, message) => {
    expect(() => parse(...argv)).toThrow(new UsageError(message));
  });
});
