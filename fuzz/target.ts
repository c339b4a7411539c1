import type { Form } from './forms/form.js';

/** Something that reads what others wrote, opened to be fuzzed. */
export interface Subject<Input> {
  /** Feeds one input and judges what comes of it. Throws whatever is not as documented. */
  check(input: Input): unknown;
  /** Ends what `open` began. */
  close?(): unknown;
}

/** A part of the project that takes input from outside, with good inputs from which bad ones are made. */
export interface FuzzTarget<Input = unknown> {
  /** As in `npm run fuzz -- NAME`. */
  readonly name: string;
  /** What is fed, and what must hold, in one line. */
  readonly about: string;
  /** How inputs are changed and written down. */
  readonly form: Form<Input>;
  /** Inputs that are as they should be. */
  seeds(): readonly Input[];
  open(): Promise<Subject<Input>> | Subject<Input>;
}

/** What a check throws when something is not as it must be, although nothing threw. */
export class Objection extends Error {
  override readonly name = 'Objection';
}

/** Throws an Objection unless `holds`. */
export function hold(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Objection(what);
}
