import { describe, expect, it } from 'vitest';
import { quantityValue, validateResources } from './quantity.js';

describe('quantityValue', () => {
  it.each([
    ['0', 0],
    ['1', 1],
    ['-1.5', -1.5],
    ['.5', 0.5],
    ['100m', 0.1],
    ['2k', 2000],
    ['64Mi', 67_108_864],
    ['1e3', 1000],
    ['1E-2', 0.01],
    ['1E', 1e18],
    ['1Ei', 2 ** 60],
  ])('reads %s', (text, value) => {
    expect(quantityValue(text)).toBeCloseTo(value, 9);
  });

  it.each(['', '.', 'Mi', '1mi', '1 Gi', '1e', '1.2.3'])('has no number for %j', (text) => {
    expect(quantityValue(text)).toBeNaN();
  });
});

describe('validateResources', () => {
  it('compares requests with limits by value, not by text', () => {
    expect(validateResources('r', { requests: { cpu: '0.5' }, limits: { cpu: '500m' } })).toEqual([]);
    expect(validateResources('r', { requests: { memory: '1Gi' }, limits: { memory: '1G' } })).toEqual([
      {
        field: 'r.requests',
        reason: 'FieldValueInvalid',
        message: 'Invalid value: "1Gi": must be less than or equal to memory limit of 1G',
      },
    ]);
  });

  it('refuses negative and unreadable quantities', () => {
    expect(
      validateResources('r', { limits: { cpu: '-1', memory: '1mi' } }).map(({ field, message }) => [
        field,
        message,
      ]),
    ).toEqual([
      ['r.limits[cpu]', 'Invalid value: "-1": must be greater than or equal to 0'],
      ['r.limits[memory]', 'Invalid value: "1mi": unable to parse quantity'],
    ]);
  });
});
