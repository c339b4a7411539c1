import { resolve } from 'node:path';
import type { Clock } from '../../clock.js';
import { createFileValue } from './file-value.js';
import { CERTIFICATE_FRESH_MS } from './in-cluster.js';
import { type Entry, invalid } from './kubeconfig.js';

/** A text field of an entry; an error names file, entry and field when it is something else. */
export function textField(entry: Entry, field: string): string | undefined {
  const value = entry.fields[field];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw invalid(entry.file, `"${field}" of "${entry.name}" is not a text`);
  return value;
}

/**
 * PEM text from `FIELD-data` (base64, which wins, as in kubectl) or from the file in `FIELD`, read again when it
 * changes.
 */
export function pemField(entry: Entry, field: string, clock: Clock): (() => string) | undefined {
  const data = textField(entry, `${field}-data`);
  if (data !== undefined) {
    const pem = Buffer.from(data, 'base64').toString('utf8');
    if (!pem.includes('-----BEGIN')) {
      throw invalid(entry.file, `"${field}-data" of "${entry.name}" is not base64 of PEM`);
    }
    return () => pem;
  }
  const path = textField(entry, field);
  if (path === undefined) return undefined;
  const what = `${field} file`;
  const file = createFileValue({
    path: resolve(entry.dir, path),
    what,
    clock,
    freshMs: CERTIFICATE_FRESH_MS,
  });
  file.read();
  return () => file.read();
}
