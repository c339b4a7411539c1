import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { textForm } from '../forms/text.js';
import type { FuzzTarget } from '../target.js';
import { CurrentInput } from './current-input.js';
import { explore } from './explore.js';
import type { Finding } from './finding.js';

/** What is found in a reader within a moment. */
async function findings(check: (text: string) => unknown): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  const form = textForm();
  const target: FuzzTarget<string> = {
    name: 'toy',
    about: '',
    form,
    seeds: () => ['abc'],
    open: () => ({ check }),
  };
  await explore(target, {
    seed: 1,
    forMs: 500,
    current: new CurrentInput(),
    found: (finding) => found.push(finding),
    progress() {},
  });
  return found;
}

it('finds nothing in a reader that takes everything', async () => {
  expect(await findings(() => {})).toEqual([]);
});

it('tells each defect once, with the smallest input that it has', async () => {
  const found = await findings((text) => {
    if (text.includes('\n')) throw new TypeError(`no lines, at ${text.length}`);
    if (text.length > 50) throw new RangeError('too long');
  });
  expect(found.map(({ problem }) => problem.split('\n')[0]?.replace(/\d+/, 'N')).sort()).toEqual([
    'RangeError: too long',
    'TypeError: no lines, at N',
  ]);
  const [line = ''] = found
    .filter(({ problem }) => problem.startsWith('TypeError'))
    .map(({ input }) => input);
  expect(JSON.parse(line).length).toBeLessThan(60);
});

it('finds what is thrown into nothing', async () => {
  const found = await findings((text) => {
    if (text.includes('0')) void setImmediate().then(() => Promise.reject(new TypeError('forgotten')));
  });
  expect(found.map(({ problem }) => problem.split('\n')[0])).toEqual(['TypeError: forgotten']);
});
