import { expect, it } from 'vitest';
import { xxh64 } from './xxh64.js';

it.each([
  ['', 0n, 0xef46db3751d8e999n],
  ['a', 0n, 0xd24ec4f1a98c6e5bn],
  ['abc', 0n, 0x44bc2cf5ad770999n],
  ['Nobody inspects the spammish repetition', 0n, 0xfbcea83c8a378bf1n],
])('hashes %j as the reference implementation does', (text, seed, hash) => {
  expect(xxh64(text, seed)).toBe(hash);
});

it('depends on the seed, and on every byte of texts of any length', () => {
  for (let length = 0; length < 80; length++) {
    const text = 'x'.repeat(length);
    expect(xxh64(text, 1n)).not.toBe(xxh64(text, 2n));
    for (let at = 0; at < length; at++) {
      expect(xxh64(`${text.slice(0, at)}y${text.slice(at + 1)}`)).not.toBe(xxh64(text));
    }
  }
});
