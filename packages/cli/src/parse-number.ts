import { InvalidArgumentError } from 'commander';

/** A parser for an option that takes a number above 0. */
export function positive(option: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
    throw new InvalidArgumentError(`${option} takes a number above 0.`);
  };
}

/** A parser for an option that takes a whole number from 1 on. */
export function positiveInteger(option: string): (text: string) => number {
  return (text) => {
    const value = positive(option)(text);
    if (Number.isInteger(value)) return value;
    throw new InvalidArgumentError(`${option} takes a whole number from 1 on.`);
  };
}

/** A parser for a TCP port; 0 means any free one. */
export function port(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= 65_535) return value;
  throw new InvalidArgumentError('a port is a whole number from 0 (any free one) to 65535.');
}
