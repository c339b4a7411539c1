import { expect, it } from 'vitest';
import { count, lost, took } from './words.js';

it('writes figures for people', () => {
  expect(count(1_234_567)).toBe('1,234,567');
  expect([took(3.4), took(999.6), took(1234)]).toEqual(['3 ms', '1000 ms', '1.2 s']);
  expect(lost({ calls: 1862, failures: [] })).toBe('0 of 1,862 calls failed');
});
