import { styleText } from 'node:util';
import { expect, it } from 'vitest';
import { clip, widthOf } from './width.js';

const red = (text: string): string => styleText('red', text, { validateStream: false });

it('counts characters, not bytes and not colours', () => {
  expect(widthOf(`${red('█▏')} ab`)).toBe(5);
});

it.each([
  ['short', 5, 'short'],
  ['longer', 5, 'long…'],
  ['██████', 4, '███…'],
])('clips %j to %i columns', (text, columns, clipped) => {
  expect(clip(text, columns)).toBe(clipped);
});

it('ends the colour of what it cuts', () => {
  expect(clip(red('longer'), 5)).toBe('\u001b[31mlong\u001b[39m…\u001b[0m');
});
