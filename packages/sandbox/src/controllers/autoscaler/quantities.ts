const SUFFIXES = ['', 'k', 'M', 'G', 'T', 'P', 'E'];

/** Thousandths as a decimal quantity: `82m`, `3`, `49876k`. */
export function decimalQuantity(milli: number): string {
  if (milli % 1000 !== 0) return `${milli}m`;
  let value = milli / 1000;
  let unit = 0;
  while (value !== 0 && value % 1000 === 0 && unit < SUFFIXES.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value}${SUFFIXES[unit]}`;
}
