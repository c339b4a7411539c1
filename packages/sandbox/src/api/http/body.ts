import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import { parse } from 'yaml';
import type { KubeObject } from '../../objects.js';
import type { Clock } from '../clock.js';
import { jsonType } from '../kinds/scalars.js';
import type { KindInfo } from '../kinds.js';
import { decodeProtobufBody } from '../protobuf/index.js';
import { badRequest } from '../refusals.js';
import { ApiStatus } from '../status.js';
import { depthOf, isObject } from '../storage/json.js';
import { goJsonError } from './go-json-error.js';

/** Upstream's limit of a request body. */
const MAX_BODY_BYTES = 3 * 1024 * 1024;
/** Deeper bodies than this are refused: whatever reads objects goes through them with its stack. */
const MAX_DEPTH = 500;
/** A client that takes longer to send a body is given up. */
const BODY_TIMEOUT_MS = 60_000;

/** Reads a whole request body; throws 413 and 408. */
export function readBody(request: IncomingMessage | Http2ServerRequest, clock: Clock): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const timer = clock.setTimeout(() => {
      done(new ApiStatus(408, 'Timeout', 'request body was not received in time'));
    }, BODY_TIMEOUT_MS);
    const done = (error?: Error) => {
      timer.cancel();
      request.removeAllListeners('data');
      if (error) reject(error);
      else resolve(Buffer.concat(chunks));
    };
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_BODY_BYTES) {
        chunks.push(chunk);
        return;
      }
      const message = `Request entity too large: limit is ${MAX_BODY_BYTES}`;
      done(new ApiStatus(413, 'RequestEntityTooLarge', message));
      // What is still under way is read and thrown away, so that the client gets to see the answer.
      request.resume();
    });
    request.once('end', () => done());
    request.on('error', (error: Error) => done(error));
    request.once('aborted', () => done(new Error('the client closed the request')));
    request.once('close', () => done(new Error('the client closed the request')));
  });
}

/** Reads the object in a body by its media type; throws 415 and 400. `expected` names it in messages. */
export function decodeObject(
  body: Buffer,
  contentType: string | undefined,
  expected: Pick<KindInfo, 'kind'>,
): KubeObject {
  const value = decode(body, contentType, expected);
  if (!isObject(value))
    throw unrecognized(body, expected, 'json: cannot unmarshal into Go value of type struct');
  checkDepth(value);
  return toKubeObject(body, value, expected);
}

/** Reads the YAML of a server-side apply; throws 400. */
export function decodeApplied(body: Buffer): KubeObject {
  let value: unknown;
  try {
    value = parseYaml(body.toString('utf8'));
  } catch (error) {
    throw badRequest(
      `error decoding YAML: ${error instanceof Error ? error.message.split('\n')[0] : 'unreadable'}`,
    );
  }
  if (!isObject(value)) {
    throw badRequest(
      `error decoding YAML: json: cannot unmarshal ${jsonType(value)} into Go value of type map[string]interface {}`,
    );
  }
  checkDepth(value);
  return toKubeObject(body, value, { kind: typeof value.kind === 'string' ? value.kind : '' });
}

function checkDepth(value: unknown): void {
  if (depthOf(value, MAX_DEPTH) > MAX_DEPTH) throw badRequest(`json: exceeded max depth of ${MAX_DEPTH}`);
}

/** Reads a patch, which may be an array; throws 400 with the reason behind `prefix`. */
export function decodePatch(body: Buffer, prefix: string): unknown {
  const text = body.toString('utf8');
  let patch: unknown;
  try {
    patch = JSON.parse(text);
  } catch (error) {
    throw badRequest(prefix + goJsonError(error, text));
  }
  checkDepth(patch);
  return patch;
}

/** What names an object: all that is read of it before its kind's own checks. */
const NAMES = ['name', 'generateName', 'namespace', 'uid', 'resourceVersion'];

function toKubeObject(
  body: Buffer,
  value: Record<string, unknown>,
  expected: Pick<KindInfo, 'kind'>,
): KubeObject {
  const metadata = value.metadata ?? {};
  for (const field of ['apiVersion', 'kind']) {
    const found = value[field] ?? '';
    if (typeof found === 'string') continue;
    const why = `json: cannot unmarshal ${jsonType(found)} into Go struct field .${field} of type string`;
    throw unrecognized(body, expected, `couldn't get version/kind; json parse error: ${why}`);
  }
  if (!isObject(metadata))
    throw mistyped(expected, metadata, `${expected.kind}.metadata of type v1.ObjectMeta`);
  for (const field of NAMES) {
    const found = metadata[field] ?? '';
    if (typeof found !== 'string')
      throw mistyped(expected, found, `ObjectMeta.metadata.${field} of type string`);
  }
  // Absent ones are completed, and wrong ones refused, by the store.
  return Object.assign(value, {
    apiVersion: (value.apiVersion ?? '') as string,
    kind: (value.kind ?? '') as string,
    metadata: metadata as unknown as KubeObject['metadata'],
  });
}

function mistyped({ kind }: Pick<KindInfo, 'kind'>, value: unknown, field: string): ApiStatus {
  return badRequest(
    `${kind} cannot be handled as a ${kind}: json: cannot unmarshal ${jsonType(value)} into Go struct field ${field}`,
  );
}

function decode(body: Buffer, contentType: string | undefined, expected: Pick<KindInfo, 'kind'>): unknown {
  const type = (contentType ?? 'application/json').split(';')[0]!.trim().toLowerCase();
  switch (type) {
    case 'application/vnd.kubernetes.protobuf':
      return decodeProtobufBody(body);
    case 'application/yaml':
      return decodeYaml(body, expected);
    case 'application/json':
    case '':
      return decodeJson(body, expected);
    default:
      throw unsupportedBody();
  }
}

function decodeJson(body: Buffer, expected: Pick<KindInfo, 'kind'>): unknown {
  const text = body.toString('utf8');
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = goJsonError(error, text);
    throw unrecognized(body, expected, `couldn't get version/kind; json parse error: ${why}`);
  }
}

function decodeYaml(body: Buffer, expected: Pick<KindInfo, 'kind'>): unknown {
  try {
    return parseYaml(body.toString('utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : 'unreadable';
    throw unrecognized(body, expected, `yaml: ${why}`);
  }
}

/** YAML as JSON: other YAML has sets, times and numbers that are none, of which the API knows nothing. */
function parseYaml(text: string): unknown {
  const json = JSON.stringify(parse(text, { maxAliasCount: 100, logLevel: 'error' }));
  return json === undefined ? undefined : JSON.parse(json);
}

/** 415 of a write. */
function unsupportedBody(): ApiStatus {
  const message =
    'the body of the request was in an unknown format - accepted media types include: ' +
    'application/json, application/yaml, application/vnd.kubernetes.protobuf';
  return new ApiStatus(415, 'UnsupportedMediaType', message, {});
}

function unrecognized(body: Buffer, expected: Pick<KindInfo, 'kind'>, why: string): ApiStatus {
  return badRequest(
    `the object provided is unrecognized (must be of type ${expected.kind}): ${why} (${summary(body)})`,
  );
}

/** As upstream shows a body in messages: text if it may be JSON, else hexadecimal. */
function summary(body: Buffer): string {
  if (body.length === 0) return '<empty>';
  const cut = body.subarray(0, 30);
  const dots = body.length > cut.length ? ' ...' : '';
  return (body[0] === 0x7b ? cut.toString('utf8') : cut.toString('hex')) + dots;
}
