import { expect, it } from 'vitest';
import { demoReport, type Told } from './claim.js';

const told = (id: string, holds: boolean): Told => ({
  claim: { id, text: `text of ${id}`, holds, figures: { calls: 1 } },
  words: ['in words'],
});

it('is ok when every claim holds, and leaves the words to people', () => {
  expect(demoReport([told('a', true), told('b', true)])).toEqual({
    ok: true,
    claims: [
      { id: 'a', text: 'text of a', holds: true, figures: { calls: 1 } },
      { id: 'b', text: 'text of b', holds: true, figures: { calls: 1 } },
    ],
  });
});

it('is not ok when a claim does not hold, or none was shown', () => {
  expect(demoReport([told('a', true), told('b', false)]).ok).toBe(false);
  expect(demoReport([])).toEqual({ ok: false, claims: [] });
});

it('names what was left out, which breaks nothing', () => {
  const omission = { id: 'c', why: 'no cluster DNS' };
  const report = demoReport([told('a', true), omission]);
  expect(report).toMatchObject({ ok: true, omitted: [omission] });
  expect(demoReport([omission]).ok).toBe(false);
});
