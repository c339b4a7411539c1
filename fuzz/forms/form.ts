import type { Dice } from '../random.js';

/** A kind of input: how one is changed, and how it is written on one line. */
export interface Form<Input> {
  /** A changed copy. `other` is another input, to take parts from. */
  mutate(input: Input, other: Input, dice: Dice): Input;
  /** One line that `read` makes the input of. */
  write(input: Input): string;
  read(line: string): Input;
}
