import { readFileSync } from 'node:fs';
import { oneLine, UsageError } from '../errors.js';
import { encodeMessage } from './json-message.js';
import type { Method } from './schema.js';
import { takesArray } from './well-known.js';

/** The text of `--data`: JSON, or `@FILE` that has it. Throws UsageError. */
export function readData(text: string): string {
  if (!text.startsWith('@')) return text;
  const file = text.slice(1);
  try {
    return readFileSync(file === '-' ? '/dev/stdin' : file, 'utf8');
  } catch (error) {
    throw new UsageError(`--data ${text}: ${oneLine(error)}`, { cause: error });
  }
}

/**
 * The request messages of one call, encoded. A method that takes a stream gets one message, or those of a JSON array
 * in order; any other gets one. Throws UsageError that names the place.
 */
export function encodeRequests({ name, requestType, requestStream }: Method, text: string): Buffer[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`--data: not JSON (${oneLine(error)})`, { cause: error });
  }
  const several = Array.isArray(value) && !takesArray(requestType);
  if (several && !requestStream)
    throw new UsageError(`--data: an array; ${name} takes one message: a JSON object is accepted`);
  if (!several) return [encodeMessage(requestType, { path: 'data', value })];
  return (value as unknown[]).map((each, index) =>
    encodeMessage(requestType, { path: `data[${index}]`, value: each }),
  );
}
