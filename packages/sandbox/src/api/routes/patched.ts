import type { KubeObject } from '../../objects.js';
import { invalid as fieldInvalid } from '../kinds/field-errors.js';
import { strictFieldErrors } from '../kinds/index.js';
import { conformOrMismatch } from '../kinds/shape.js';
import type { KindInfo } from '../kinds.js';
import { invalid } from '../refusals.js';
import type { ApiStatus } from '../status.js';
import type { CheckedWrite } from './write-options.js';

interface Patched {
  /** Its text: the patch as refusals show it; undefined: they show the patched object. */
  readonly patch: { readonly text: string | undefined };
  readonly fieldValidation: CheckedWrite['fieldValidation'];
}

/**
 * Brings a patched object into the shape of its kind, in place, and returns the warnings that its unknown fields are
 * worth. Values of a wrong type, and unknown fields where they are refused, are 422 of the patch, as upstream.
 */
export function checkPatched(
  kind: KindInfo,
  next: KubeObject,
  { patch, fieldValidation }: Patched,
): string[] {
  const { text } = patch;
  const shown = text ?? JSON.stringify(next);
  const unknown = fieldValidation === 'Ignore' ? [] : strictFieldErrors(kind, next);
  const mismatch = conformOrMismatch(kind, next);
  if (mismatch) throw invalidPatch(shown, text === undefined ? mismatch.message : mismatch.converted);
  if (fieldValidation === 'Strict' && unknown.length > 0) {
    throw invalidPatch(shown, `strict decoding error: ${unknown.join(', ')}`);
  }
  return unknown;
}

function invalidPatch(shown: string, why: string): ApiStatus {
  return invalid({ kind: '', group: '' }, '', [fieldInvalid('patch', shown, why)]);
}
