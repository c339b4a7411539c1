import { Metadata } from '@grpc/grpc-js';
import { oneLine, UsageError } from '../errors.js';

/** Metadata of headers as `name: value`; values of names that end in `-bin` are base64. Throws UsageError. */
export function parseHeaders(headers: readonly string[]): Metadata {
  const metadata = new Metadata();
  for (const header of headers) {
    const at = header.indexOf(':');
    const name = header.slice(0, at).trim();
    const value = header.slice(at + 1).trim();
    if (at <= 0 || name === '')
      throw new UsageError(`--header "${header}": NAME:VALUE is accepted, e.g. authorization:Bearer\\ TOKEN`);
    try {
      metadata.add(name, name.toLowerCase().endsWith('-bin') ? Buffer.from(value, 'base64') : value);
    } catch (error) {
      throw new UsageError(`--header "${header}": ${oneLine(error)}`, { cause: error });
    }
  }
  return metadata;
}
