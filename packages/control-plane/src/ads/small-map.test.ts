import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SmallMap } from './small-map.js';

it('is a map, whatever is done to it', () => {
  const key = fc.constantFrom('a', 'b', 'c');
  const step = fc.oneof(
    fc.record({ do: fc.constant('set' as const), key, value: fc.integer() }),
    fc.record({ do: fc.constant('delete' as const), key }),
    fc.record({ do: fc.constant('clear' as const) }),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const [small, map] = [new SmallMap<number>(), new Map<string, number>()];
      for (const each of steps) {
        if (each.do === 'set') {
          small.set(each.key, each.value);
          map.set(each.key, each.value);
        } else if (each.do === 'delete') expect(small.delete(each.key)).toBe(map.delete(each.key));
        else {
          small.clear();
          map.clear();
        }
        expect([...small.entries()]).toEqual([...map]);
        expect([...small.keys()]).toEqual([...map.keys()]);
        expect(small.size).toBe(map.size);
        for (const name of ['a', 'b', 'c']) {
          expect([small.has(name), small.get(name)]).toEqual([map.has(name), map.get(name)]);
        }
      }
    }),
  );
});
