import { expect, it } from 'vitest';
import { isTimeZone, parseSchedule } from './cron-schedule.js';

const NOW = Date.parse('2030-03-30T00:30:10Z');

it.each([
  ['* * * * *', 'UTC', '2030-03-30T00:31:00.000Z'],
  ['*/15 * * * *', 'UTC', '2030-03-30T00:45:00.000Z'],
  ['30 6 * * MON-FRI', 'UTC', '2030-04-01T06:30:00.000Z'],
  ['0 0 1 jan ?', 'UTC', '2031-01-01T00:00:00.000Z'],
  // Either of the two days, when both are restricted.
  ['0 0 31 * 1', 'UTC', '2030-03-31T00:00:00.000Z'],
  ['@hourly', 'UTC', '2030-03-30T01:00:00.000Z'],
  ['@daily', 'Europe/Berlin', '2030-03-30T23:00:00.000Z'],
  // The hour from two to three is left out in the night of the 31st.
  ['0 12 31 3 *', 'Europe/Berlin', '2030-03-31T10:00:00.000Z'],
])('%s in %s comes next at %s', (text, timeZone, next) => {
  expect(new Date(parseSchedule(text, timeZone).next(NOW) ?? 0).toISOString()).toBe(next);
});

it('says that there is no next time', () => {
  expect(parseSchedule('0 0 31 2 *').next(NOW)).toBeUndefined();
});

it.each([
  ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
  ['0 * * * * *', 'expected exactly 5 fields, found 6'],
  ['@never', 'unrecognized descriptor: @never'],
  ['0 0 L * *', 'failed to parse field "L"'],
  ['0 0 * * 5#2', 'failed to parse field "5#2"'],
  ['a * * * *', 'failed to parse field "a"'],
  ['61 * * * *', '61'],
])('refuses %s', (text, problem) => {
  expect(() => parseSchedule(text)).toThrow(problem);
});

it('knows time zones', () => {
  expect(['Europe/Berlin', 'UTC', 'Middle/Earth'].map(isTimeZone)).toEqual([true, true, false]);
});
