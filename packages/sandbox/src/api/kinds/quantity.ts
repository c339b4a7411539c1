import type { FieldError } from '../kinds.js';
import { invalid } from './field-errors.js';
import type { Resources } from './pod-types.js';

const SUFFIXES: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The number that a quantity (`100m`, `64Mi`, `1e3`) stands for; NaN when it is none. */
export function quantityValue(text: string): number {
  const match = /^([+-]?\d*\.?\d*)([a-zA-Z]{0,2}|[eE][+-]?\d+)$/.exec(text);
  const [, number = '', suffix = ''] = match ?? [];
  if (!/\d/.test(number)) return Number.NaN;
  if (/^[eE][+-]?\d+$/.test(suffix)) return Number(number + suffix);
  return Number(number) * (SUFFIXES[suffix] ?? Number.NaN);
}

function validateQuantity(field: string, text: string): FieldError[] {
  const value = quantityValue(text);
  if (Number.isNaN(value)) return [invalid(field, text, 'unable to parse quantity')];
  return value < 0 ? [invalid(field, text, 'must be greater than or equal to 0')] : [];
}

/** Checks that no quantity is negative or unreadable and that no request exceeds its limit. */
export function validateResources(field: string, { requests = {}, limits = {} }: Resources): FieldError[] {
  const errors: FieldError[] = [];
  for (const [name, text] of Object.entries(limits))
    errors.push(...validateQuantity(`${field}.limits[${name}]`, text));
  for (const [name, text] of Object.entries(requests)) {
    errors.push(...validateQuantity(`${field}.requests[${name}]`, text));
    const limit = limits[name];
    if (limit === undefined || !(quantityValue(text) > quantityValue(limit))) continue;
    const detail = `must be less than or equal to ${name} limit of ${limit}`;
    errors.push(invalid(`${field}.requests`, text, detail));
  }
  return errors;
}
