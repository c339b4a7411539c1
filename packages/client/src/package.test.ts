import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { VERSION } from './version.js';

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

it('has the version that the client tells', () => {
  expect(manifest.version).toBe(VERSION);
});

it('keeps bundlers from dropping the entry that only registers', () => {
  expect(manifest.sideEffects).toEqual([manifest.exports['./register'].default]);
});
