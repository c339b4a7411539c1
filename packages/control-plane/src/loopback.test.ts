import { expect, it } from 'vitest';
import { isLoopback } from './loopback.js';

it.each([
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['128.0.0.1', false],
  ['::1', true],
  ['0:0:0:0:0:0:0:1', true],
  ['::ffff:127.0.0.1', true],
  ['::ffff:10.0.0.1', false],
  ['::2', false],
  ['localhost', false],
  ['127.0.0.1.example', false],
  ['', false],
])('%j: %s', (host, loopback) => {
  expect(isLoopback(host)).toBe(loopback);
});
