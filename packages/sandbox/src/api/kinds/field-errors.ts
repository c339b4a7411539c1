import type { FieldError } from '../kinds.js';

/** A value that is missing or empty. */
export function required(field: string, detail = ''): FieldError {
  return { field, reason: 'FieldValueRequired', message: join('Required value', detail) };
}

/** A value that is malformed or out of bounds; `detail` says what is accepted. */
export function invalid(field: string, value: unknown, detail: string): FieldError {
  return { field, reason: 'FieldValueInvalid', message: `Invalid value: ${show(value)}: ${detail}` };
}

/** One error per message. */
export function invalidEach(field: string, value: unknown, details: readonly string[]): FieldError[] {
  return details.map((detail) => invalid(field, value, detail));
}

/** A value outside an enumeration. */
export function notSupported(field: string, value: unknown, supported: readonly string[]): FieldError {
  const list = supported.map((each) => JSON.stringify(each)).join(', ');
  const message = `Unsupported value: ${show(value)}: supported values: ${list}`;
  return { field, reason: 'FieldValueNotSupported', message };
}

/** A value that must be unique and is not. */
export function duplicate(field: string, value: unknown): FieldError {
  return { field, reason: 'FieldValueDuplicate', message: `Duplicate value: ${show(value)}` };
}

/** A value that may not be set under these circumstances. */
export function forbidden(field: string, detail: string): FieldError {
  return { field, reason: 'FieldValueForbidden', message: join('Forbidden', detail) };
}

/** A reference to something that is not there. */
export function notFound(field: string, value: unknown): FieldError {
  return { field, reason: 'FieldValueNotFound', message: `Not found: ${show(value)}` };
}

/** Too many bytes. */
export function tooLong(field: string, maxBytes: number): FieldError {
  const message = `Too long: may not be more than ${maxBytes} bytes`;
  return { field, reason: 'FieldValueTooLong', message };
}

/** A list with too many items. */
export function tooMany(field: string, actual: number, most: number): FieldError {
  const message = `Too many: ${actual}: must have at most ${most} items`;
  return { field, reason: 'FieldValueTooMany', message };
}

/** An error when the number is below zero. */
export function nonnegative(field: string, value: number | undefined): FieldError[] {
  return (value ?? 0) < 0 ? [invalid(field, value, 'must be greater than or equal to 0')] : [];
}

function join(word: string, detail: string): string {
  return detail === '' ? word : `${word}: ${detail}`;
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}
