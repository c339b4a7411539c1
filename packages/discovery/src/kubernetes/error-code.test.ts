import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { errorCode, errorMessage } from './error-code.js';

const foreign: unknown = runInNewContext("Object.assign(new Error('no such file'), { code: 'ENOENT' })");

it('reads errors of another realm', () => {
  expect(foreign instanceof Error).toBe(false);
  expect([errorCode(foreign), errorMessage(foreign)]).toEqual(['ENOENT', 'no such file']);
});

it.each([undefined, null, 'text', 7, {}, { code: 5 }])('finds no code in %j', (value) => {
  expect(errorCode(value)).toBe('');
});

it('takes anything that was thrown for a message', () => {
  expect(errorMessage('text')).toBe('text');
});
