import fc from 'fast-check';
import { expect, it } from 'vitest';
import { changedPart } from './changed-part.js';

it('finds the longest common beginning, then the longest common end of what is left', () => {
  const list = fc.array(fc.nat(3), { maxLength: 8 });
  fc.assert(
    fc.property(list, list, (before, after) => {
      const { head, tail } = changedPart(before, after);
      expect(head + tail).toBeLessThanOrEqual(Math.min(before.length, after.length));
      expect(before.slice(0, head)).toEqual(after.slice(0, head));
      expect(before.slice(before.length - tail)).toEqual(after.slice(after.length - tail));
      const middle = [before.slice(head, before.length - tail), after.slice(head, after.length - tail)];
      if (middle[0]?.length && middle[1]?.length) {
        expect(middle[0][0]).not.toBe(middle[1][0]);
        expect(middle[0].at(-1)).not.toBe(middle[1].at(-1));
      }
    }),
  );
});

it('says that equal lists are the same from the beginning to the end', () => {
  expect(changedPart([1, 2], [1, 2])).toEqual({ head: 2, tail: 0 });
  expect(changedPart([], [])).toEqual({ head: 0, tail: 0 });
});
