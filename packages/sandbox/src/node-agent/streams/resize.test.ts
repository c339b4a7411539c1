import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ResizeReader } from './resize.js';

const read = (...pieces: string[]) => {
  const reader = new ResizeReader();
  return pieces.flatMap((piece) => reader.read(Buffer.from(piece)));
};

it.each([
  [['{"Width":80,"Height":24}\n'], [{ columns: 80, rows: 24 }]],
  [
    ['{"Width":1,"Height":2}{"Width":3,', '"Height":4}'],
    [
      { columns: 1, rows: 2 },
      { columns: 3, rows: 4 },
    ],
  ],
  [
    ['{"Width":0,"Height":24}', '{"Width":80}', '{"Width":"80","Height":24}', '{"Width":70000,"Height":1}'],
    [],
  ],
  [['{]', '}', 'null', '', '{"Width":5,"Height":6}'], [{ columns: 5, rows: 6 }]],
  [['x'.repeat(2000), '{"Width":5,"Height":6}'], [{ columns: 5, rows: 6 }]],
])('reads sizes from %j', (pieces, sizes) => {
  expect(read(...pieces)).toEqual(sizes);
});

it('reads the same however the bytes are cut', () => {
  const text = '{"Width":80,"Height":24}\n{"Width":100,"Height":40}\n';
  fc.assert(
    fc.property(fc.array(fc.nat(text.length)), (cuts) => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), text.length];
      const pieces = at.slice(1).map((to, index) => text.slice(at[index], to));
      expect(read(...pieces)).toEqual([
        { columns: 80, rows: 24 },
        { columns: 100, rows: 40 },
      ]);
    }),
  );
});
