import { show } from '@fairlead/balancing';
import { ClientError } from '../errors.js';
import type { MethodConfig } from '../grpc.js';

type Json = Readonly<Record<string, unknown>>;
type Check = (value: unknown, path: string) => void;

/** gRPC's status codes by name (doc/statuscodes.md); their numbers are their places. */
const STATUS_NAMES =
  'OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED'.split(
    ' ',
  );
/** google.protobuf.Duration in JSON: up to nine digits behind the point. */
const DURATION = /^(\d{1,12})(?:\.(\d{1,9}))?s$/;
/** google.protobuf.Duration: 10,000 years. */
const MOST_SECONDS = 315_576_000_000;

function refuse(path: string, value: unknown, accepted: string): never {
  throw new ClientError('SERVICE_CONFIG_INVALID', `${path}: got ${show(value)}, accepted: ${accepted}`);
}

function asObject(value: unknown, path: string, fields: Readonly<Record<string, Check>>): Json {
  const names = Object.keys(fields).join(', ');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse(path, value, `an object with ${names}`);
  }
  for (const [name, field] of Object.entries(value)) {
    if (!Object.hasOwn(fields, name)) {
      const message = `${path}: unknown key ${show(name)}; accepted: ${names}`;
      throw new ClientError('SERVICE_CONFIG_INVALID', message);
    }
    fields[name]?.(field, `${path}.${name}`);
  }
  return value as Json;
}

const isBoolean: Check = (value, path) => {
  if (typeof value !== 'boolean') refuse(path, value, 'true or false');
};
const isText: Check = (value, path) => {
  if (typeof value !== 'string') refuse(path, value, 'a string');
};
const isByteCount: Check = (value, path) => {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    refuse(path, value, 'a number of bytes');
  }
};
/** gRFC A6: "maxAttempts … must be an integer greater than 1". Above 5 it counts as 5. */
const isAttempts: Check = (value, path) => {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 2) {
    refuse(path, value, 'an integer ≥ 2');
  }
};
/** gRFC A6: "backoffMultiplier … must be greater than zero". */
const isMultiplier: Check = (value, path) => {
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) {
    refuse(path, value, 'a number > 0');
  }
};

function secondsOf(value: unknown): number {
  const [, whole = '', part = ''] = (typeof value === 'string' && DURATION.exec(value)) || [];
  const seconds = whole === '' ? Number.NaN : Number(`${whole}.${part}0`);
  return seconds <= MOST_SECONDS ? seconds : Number.NaN;
}

const isDuration: Check = (value, path) => {
  if (Number.isNaN(secondsOf(value))) refuse(path, value, 'seconds such as "0.5s"');
};
/** A call that has no time at all, or waits that are none, are never meant. */
const isSpan: Check = (value, path) => {
  if (!(secondsOf(value) > 0)) refuse(path, value, 'seconds > 0 such as "0.5s"');
};

const isStatusCodes: Check = (value, path) => {
  const isCode = (code: unknown): boolean =>
    typeof code === 'number'
      ? Object.hasOwn(STATUS_NAMES, code)
      : typeof code === 'string' && STATUS_NAMES.includes(code.toUpperCase());
  if (!Array.isArray(value)) return refuse(path, value, 'a list of status codes such as ["UNAVAILABLE"]');
  for (const [at, code] of value.entries()) {
    if (!isCode(code)) refuse(`${path}[${at}]`, code, `one of ${STATUS_NAMES.join(', ')}, or its number`);
  }
};
const isSomeStatusCodes: Check = (value, path) => {
  isStatusCodes(value, path);
  if (Array.isArray(value) && value.length === 0) refuse(path, value, 'one status code at least');
};

function requires(value: Json, path: string, names: readonly string[]): void {
  const missing = names.find((name) => value[name] === undefined);
  if (missing === undefined) return;
  const message = `${path}: ${missing} is missing; needed: ${names.join(', ')}`;
  throw new ClientError('SERVICE_CONFIG_INVALID', message);
}

const RETRY_FIELDS = {
  maxAttempts: isAttempts,
  initialBackoff: isSpan,
  maxBackoff: isSpan,
  backoffMultiplier: isMultiplier,
  retryableStatusCodes: isSomeStatusCodes,
};
const isRetryPolicy: Check = (value, path) => {
  requires(asObject(value, path, RETRY_FIELDS), path, Object.keys(RETRY_FIELDS));
};

const HEDGING_FIELDS = {
  maxAttempts: isAttempts,
  hedgingDelay: isDuration,
  nonFatalStatusCodes: isStatusCodes,
};
const isHedgingPolicy: Check = (value, path) => {
  requires(asObject(value, path, HEDGING_FIELDS), path, ['maxAttempts']);
};

/** gRFC A2: a name without service is the default for all methods, and cannot have a method. */
const isNames: Check = (value, path) => {
  if (!Array.isArray(value) || value.length === 0) {
    return refuse(path, value, 'a list of {service, method}, {service} or {} (all methods)');
  }
  for (const [at, name] of value.entries()) {
    const { service, method } = asObject(name, `${path}[${at}]`, { service: isText, method: isText });
    if (method && !service) refuse(`${path}[${at}]`, name, 'a method together with its service');
  }
};

const METHOD_FIELDS = {
  name: isNames,
  timeout: isSpan,
  retryPolicy: isRetryPolicy,
  hedgingPolicy: isHedgingPolicy,
  waitForReady: isBoolean,
  maxRequestMessageBytes: isByteCount,
  maxResponseMessageBytes: isByteCount,
};

function readMethod(value: unknown, path: string): MethodConfig {
  const method = asObject(value, path, METHOD_FIELDS);
  requires(method, path, ['name']);
  if (method.retryPolicy !== undefined && method.hedgingPolicy !== undefined) {
    const message = `${path}: retryPolicy and hedgingPolicy exclude each other`;
    throw new ClientError('SERVICE_CONFIG_INVALID', message);
  }
  // Checked above field by field: the reader's type says only that they are fields.
  return method as unknown as MethodConfig;
}

/** gRFC A2: "a given name may appear only once". */
function refuseTwice(methods: readonly MethodConfig[], path: string): void {
  const seen = new Set<string>();
  for (const [at, { name }] of methods.entries()) {
    for (const each of name) {
      const key = `${each.service ?? ''}/${each.method ?? ''}`;
      if (seen.has(key)) refuse(`${path}[${at}].name`, each, 'each name once');
      seen.add(key);
    }
  }
}

/**
 * Checks a `methodConfig` list of a service config (gRFC A2; retries and hedging: A6) that grpc-js has not read: it
 * believes a resolver without looking. Throws SERVICE_CONFIG_INVALID with path, value and what is accepted. grpc-js
 * 1.14 applies `timeout`, `retryPolicy` and `hedgingPolicy`; the other fields of gRFC A2 are accepted and do nothing.
 */
export function readMethodConfig(value: unknown, path: string): MethodConfig[] {
  if (!Array.isArray(value)) return refuse(path, value, 'a list of method configs');
  const methods = value.map((each: unknown, at) => readMethod(each, `${path}[${at}]`));
  refuseTwice(methods, path);
  return methods;
}
