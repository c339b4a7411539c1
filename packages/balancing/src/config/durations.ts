import { ConfigError } from '../errors.js';
import { isPlainObject, show } from './reader.js';

/** A duration in the JSON of protobuf: seconds, with up to nine digits behind the point. */
const TEXT = /^(\d{1,12})(\.\d{1,9})?s$/;

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0;

/** grpc-js's own policies take the message itself. */
function messageMs(value: unknown): number | undefined {
  if (!isPlainObject(value) || Object.keys(value).some((key) => key !== 'seconds' && key !== 'nanos')) return;
  const { seconds = 0, nanos = 0 } = value;
  if (!isCount(seconds) || !isCount(nanos) || nanos > 999_999_999) return;
  return seconds * 1000 + nanos / 1e6;
}

function textMs(value: unknown): number | undefined {
  const match = typeof value === 'string' ? TEXT.exec(value) : null;
  return match === null ? undefined : Number(`${match[1]}${match[2] ?? ''}`) * 1000;
}

/** Reads a duration that is not negative, in whole milliseconds. Throws `ConfigError`. */
export function readDuration(value: unknown, path: string): number {
  const ms = textMs(value) ?? messageMs(value);
  if (ms !== undefined) return Math.round(ms);
  throw new ConfigError('CONFIG_INVALID', path, `${show(value)} is not accepted: a duration like "1.5s"`);
}
