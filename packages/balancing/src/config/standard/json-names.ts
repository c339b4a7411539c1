import { ConfigError } from '../../errors.js';
import { readObject } from '../reader.js';

/** Names that grpc-js's own policies read, where they are not those of the gRFCs. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([['oobLoadReportingPeriod', 'oobReportingPeriod']]);

function jsonName(name: string): string {
  const camel = name.replace(/(?<=[a-z])_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return OTHER_NAMES.get(camel) ?? camel;
}

/** A message by its JSON names: the JSON of protobuf may have `base_ejection_time` for `baseEjectionTime`. */
export function readMessage(json: unknown, path: string): Readonly<Record<string, unknown>> {
  const message = new Map<string, unknown>();
  for (const [name, value] of Object.entries(readObject(json, path, 'an object with options, or {}'))) {
    const field = jsonName(name);
    if (message.has(field)) {
      throw new ConfigError('CONFIG_INVALID', `${path}.${name}`, `${field} is there twice`);
    }
    message.set(field, value);
  }
  return Object.fromEntries(message);
}
