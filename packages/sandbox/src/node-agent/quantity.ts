/** What the suffixes of quantities stand for, in thousandths. */
const MILLI: Readonly<Record<string, number>> = {
  n: 1e-6,
  u: 1e-3,
  m: 1,
  '': 1e3,
  k: 1e6,
  M: 1e9,
  G: 1e12,
  T: 1e15,
  P: 1e18,
  E: 1e21,
  Ki: 1e3 * 2 ** 10,
  Mi: 1e3 * 2 ** 20,
  Gi: 1e3 * 2 ** 30,
  Ti: 1e3 * 2 ** 40,
  Pi: 1e3 * 2 ** 50,
  Ei: 1e3 * 2 ** 60,
};

/** The thousandths of a quantity (`100m`, `64Mi`, `1e3`, a number), rounded up; NaN when it is none. */
export function milliValue(quantity: string | number): number {
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))([a-zA-Z]{0,2}|[eE][+-]?\d+)$/.exec(String(quantity));
  if (!match) return Number.NaN;
  const [, number = '', suffix = ''] = match;
  if (/^[eE][+-]?\d+$/.test(suffix)) return Math.ceil(Number(number + suffix) * 1e3);
  return Math.ceil(Number(number) * (MILLI[suffix] ?? Number.NaN));
}
