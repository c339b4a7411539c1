import { describe, expect, it } from 'vitest';
import { humanDuration, since } from './duration.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

describe('humanDuration', () => {
  it.each([
    [-2 * SECOND, '<invalid>'],
    [-1 * SECOND, '0s'],
    [0, '0s'],
    [999, '0s'],
    [59 * SECOND, '59s'],
    [119 * SECOND, '119s'],
    [120 * SECOND, '2m'],
    [200 * SECOND, '3m20s'],
    [10 * MINUTE - 1, '9m59s'],
    [10 * MINUTE + 30 * SECOND, '10m'],
    [179 * MINUTE, '179m'],
    [180 * MINUTE, '3h'],
    [3 * HOUR + 7 * MINUTE, '3h7m'],
    [8 * HOUR + 7 * MINUTE, '8h'],
    [47 * HOUR, '47h'],
    [48 * HOUR, '2d'],
    [2 * DAY + 4 * HOUR, '2d4h'],
    [8 * DAY + 4 * HOUR, '8d'],
    [2 * YEAR - DAY, '729d'],
    [2 * YEAR, '2y'],
    [3 * YEAR + 12 * DAY, '3y12d'],
    [8 * YEAR + 12 * DAY, '8y'],
  ])('prints %i ms as %s', (ms, text) => {
    expect(humanDuration(ms)).toBe(text);
  });

  it('says <unknown> without a readable timestamp', () => {
    expect(since(undefined, 0)).toBe('<unknown>');
    expect(since('soon', 0)).toBe('<unknown>');
    expect(since('1970-01-01T00:00:00Z', 75 * SECOND)).toBe('75s');
  });
});
