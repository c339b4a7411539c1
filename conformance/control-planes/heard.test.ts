import { expect, it } from 'vitest';
import { described, type Heard, hostsOf, says } from './heard.js';

const heard = (...hosts: readonly (readonly string[])[]): Heard => ({
  atMs: 0,
  assignments: hosts.map((each) => ({ name: 'serv', hosts: each })),
});

it.each([
  ['nothing', []],
  ['a response without resources', [heard(), heard()]],
  ['no endpoints', [heard(['a']), heard([])]],
  ['2 endpoints', [heard([]), heard(['a', 'b']), heard()]],
] as const)('says %s', (text, responses) => {
  expect(described(responses)).toBe(text);
});

it('takes a response without resources for no word about endpoints', () => {
  expect(says(heard(), 0)).toBe(false);
  expect(says(heard([]), 0)).toBe(true);
  expect(says(heard(['a'], ['b']), 2)).toBe(true);
  expect(hostsOf(heard(['a'], ['b']))).toEqual(['a', 'b']);
});
