import { CommanderError } from 'commander';
import { afterEach, expect, it, vi } from 'vitest';
import { createProgram } from './program.js';

afterEach(() => void vi.restoreAllMocks());

it.each([
  [
    ['call', 't', '--rate', '0'],
    "option '--rate <calls>' argument '0' is invalid. --rate takes a number above 0",
    'fairlead call',
  ],
  [['resolve'], "missing required argument 'target'", 'fairlead resolve'],
  [
    ['resolve', 't', '-o', 'yaml'],
    "option '-o, --output <format>' argument 'yaml' is invalid. json is accepted",
    'fairlead resolve',
  ],
  [
    ['sandbox', 'up', '--port', 'x'],
    "option '--port <number>' argument 'x' is invalid. a port is a whole number from 0 (any free one) to 65535",
    'fairlead sandbox up',
  ],
  [
    ['xds', 'bootstrap', '--server', 'http://x:1'],
    "option '--server <address>' argument 'http://x:1' is invalid. --server takes HOST:PORT, without a scheme",
    'fairlead xds bootstrap',
  ],
  [
    ['xds', 'serve', '--drain', '-1'],
    "option '--drain <seconds>' argument '-1' is invalid. --drain takes seconds from 0 to 3600",
    'fairlead xds serve',
  ],
  [['reslove', 't'], "unknown command 'reslove' (Did you mean resolve?)", 'fairlead'],
])('says of %j in one line what is wrong and where help is', async (args, text, path) => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  await expect(createProgram().parseAsync(args, { from: 'user' })).rejects.toBeInstanceOf(CommanderError);
  expect(write.mock.calls.map(([line]) => line)).toEqual([
    `fairlead: ${text} (${path} --help shows what is accepted)\n`,
  ]);
});
