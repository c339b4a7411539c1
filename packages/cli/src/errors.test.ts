import { expect, it } from 'vitest';
import { CheckFailed, isWrongUse, oneLine, UsageError } from './errors.js';

it.each([
  [new UsageError('x'), true],
  [Object.assign(new Error('x'), { code: 'TARGET_INVALID' }), true],
  [Object.assign(new Error('x'), { code: 'PORT_TAKEN' }), true],
  [Object.assign(new Error('x'), { code: 'UNREACHABLE' }), false],
  [new CheckFailed('x'), false],
  ['text', false],
  [null, false],
])('says of %s whether it is wrong use: %s', (error, expected) => {
  expect(isWrongUse(error)).toBe(expected);
});

it('puts a message on one line', () => {
  expect(oneLine(new Error('first:\n  second\n'))).toBe('first: second');
  expect(oneLine('thrown')).toBe('thrown');
});
