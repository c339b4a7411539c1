import fc from 'fast-check';
import type { Form } from '../forms/form.js';
import { Dice } from '../random.js';

/** So many changes one after the other make an input at most. */
const MOST_CHANGES = 12;
const MOST_SEED = 2 ** 32 - 1;

/** Inputs made from those of a corpus by a few changes; a failure shrinks to fewer of them. */
export function recipes<Input>(corpus: readonly Input[], form: Form<Input>): fc.Arbitrary<Input> {
  const index = fc.nat(corpus.length - 1);
  const changes = fc.array(fc.noShrink(fc.integer({ min: 0, max: MOST_SEED })), {
    maxLength: MOST_CHANGES,
    size: 'max',
  });
  return fc.tuple(index, index, changes).map(([first, second, seeds]) => {
    const other = corpus[second] as Input;
    return seeds.reduce((input, seed) => form.mutate(input, other, new Dice(seed)), corpus[first] as Input);
  });
}
