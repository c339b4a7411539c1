import { expect, it } from 'vitest';
import { wrap } from './wrap.js';

it.each([
  ['one two three', 80, ['one two three']],
  ['one two three', 7, ['one two', 'three']],
  ['one two three', 9, ['one two', 'three']],
  ['a-word-that-is-long x', 5, ['a-word-that-is-long', 'x']],
  ['', 5, ['']],
  ['kept  apart', 20, ['kept  apart']],
])('wraps %j at %i columns', (text, columns, lines) => {
  expect(wrap(text, columns)).toEqual(lines);
});
