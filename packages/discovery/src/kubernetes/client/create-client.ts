import type { IncomingMessage } from 'node:http';
import { type Clock, systemClock } from '../../clock.js';
import { DiscoveryError } from '../../errors.js';
import { guarded, type Logger, silentLogger } from '../../logger.js';
import type { ClusterAccess } from '../access/access.js';
import { VERSION } from '../version.js';
import { apiPath, type PathParts } from './api-path.js';
import type {
  KubeClient,
  KubeList,
  KubeObject,
  PatchKind,
  RequestOptions,
  ResourceRef,
  WatchEvent,
  WatchOptions,
} from './client.js';
import { jsonLines, parseLine } from './json-lines.js';
import { type KubeError, kubeErrorFromStatus, parseRetryAfter } from './kube-error.js';
import { createLineDecoder } from './line-decoder.js';
import { bodyChunks, readBody } from './response-body.js';
import { type ApiRequest, createTransport, type Transport } from './transport.js';

export interface KubeClientOptions {
  /** Default `fairlead/VERSION`. */
  readonly userAgent?: string | undefined;
  /** Time to an answer's headers, and then between two of its bytes (ms, default 30000). A whole answer that is not a watch may take ten times as long. */
  readonly timeoutMs?: number | undefined;
  /** Largest answer that is not a watch, decoded (default 256 MiB: a list of every slice of a large cluster). */
  readonly maxBodyBytes?: number | undefined;
  /** Default: silent. */
  readonly logger?: Logger | undefined;
  /** Default: the machine's. */
  readonly clock?: Clock | undefined;
}

const MIB = 1024 * 1024;
/** etcd holds objects below 1.5 MiB; 16 MiB leaves room for other storage and for escapes. */
const MAX_LINE_BYTES = 16 * MIB;
/** The body of an error is a `Status`, or a proxy's page. */
const MAX_ERROR_BYTES = MIB;
/** Bookmarks come once a minute: two missed ones mean that the watch is dead. */
const WATCH_IDLE_MS = 120_000;
const TOTAL_FACTOR = 10;

const PATCH_TYPES: Readonly<Record<PatchKind, string>> = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
};
const EVENT_TYPES = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']);

function parseJson(body: string, what: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // Without the parser's error: it quotes the body, which may be a Secret.
    throw new DiscoveryError('PROTOCOL', `${what}: ${body.length} characters that are not JSON`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asObject<T extends KubeObject>(value: unknown, what: string): T {
  if (!isObject(value)) throw new DiscoveryError('PROTOCOL', `${what}: not a Kubernetes object`);
  // `metadata` is absent in some Status answers, and every reader of an object relies on it.
  return (isObject(value.metadata) ? value : { ...value, metadata: {} }) as T;
}

function asList<T extends KubeObject>(value: unknown, what: string): KubeList<T> {
  // An API server may write `null` for no items. What lacks them is another's answer, and no reason to drop all there is.
  if (!isObject(value) || !('items' in value)) {
    throw new DiscoveryError('PROTOCOL', `${what}: not a Kubernetes list`);
  }
  const { items, metadata } = value;
  if (items !== null && !Array.isArray(items)) {
    throw new DiscoveryError('PROTOCOL', `${what}: "items" is not a list`);
  }
  return {
    metadata: isObject(metadata) ? metadata : {},
    items: (items ?? []).map((item: unknown) => asObject<T>(item, what)),
  };
}

function asEvent<T extends KubeObject>(value: unknown): WatchEvent<T> {
  if (!isObject(value) || typeof value.type !== 'string' || !EVENT_TYPES.has(value.type)) {
    throw new DiscoveryError('PROTOCOL', 'a watch line is not a watch event');
  }
  return { type: value.type as WatchEvent['type'], object: asObject<T>(value.object, 'a watch event') };
}

interface Settings extends Required<Pick<KubeClientOptions, 'timeoutMs' | 'maxBodyBytes' | 'clock'>> {
  readonly transport: Transport;
}

async function errorOf(response: IncomingMessage, settings: Settings, ref: boolean): Promise<KubeError> {
  const { clock, timeoutMs } = settings;
  const code = response.statusCode ?? 0;
  const retryAfterMs = parseRetryAfter(response.headers['retry-after'], clock.now());
  let status: unknown;
  try {
    const limits = { clock, ref, idleMs: timeoutMs, totalMs: timeoutMs, maxBytes: MAX_ERROR_BYTES };
    status = JSON.parse(await readBody(response, limits));
  } catch {
    // A proxy's page or a cut body: the status code says enough.
    status = { message: `${code} ${response.statusMessage ?? ''}`.trim() };
  }
  return kubeErrorFromStatus(isObject(status) ? { ...status, code } : undefined, code, retryAfterMs);
}

async function open(settings: Settings, request: ApiRequest): Promise<IncomingMessage> {
  const response = await settings.transport.send(request);
  const code = response.statusCode ?? 0;
  if (code >= 200 && code < 300) return response;
  const error = await errorOf(response, settings, request.ref);
  request.signal?.throwIfAborted();
  throw error;
}

async function call(settings: Settings, request: ApiRequest): Promise<unknown> {
  const { clock, timeoutMs, maxBodyBytes, transport } = settings;
  const response = await open(settings, request);
  try {
    const totalMs = timeoutMs * TOTAL_FACTOR;
    const limits = { clock, ref: request.ref, idleMs: timeoutMs, totalMs, maxBytes: maxBodyBytes };
    const body = await readBody(response, limits);
    return parseJson(body, `${request.method} ${request.path}`);
  } catch (error) {
    throw transport.explain(error, request.signal);
  }
}

async function* watchEvents<T extends KubeObject>(
  settings: Settings,
  response: IncomingMessage,
  options: WatchOptions,
): AsyncGenerator<WatchEvent<T>> {
  const limits = {
    clock: settings.clock,
    idleMs: options.idleMs ?? WATCH_IDLE_MS,
    ref: options.ref ?? true,
  };
  const { sameElementsOf } = options;
  const decode = sameElementsOf === undefined ? parseLine : createLineDecoder(sameElementsOf);
  try {
    for await (const value of jsonLines(bodyChunks(response, limits), MAX_LINE_BYTES, decode)) {
      yield asEvent<T>(value);
    }
  } catch (error) {
    throw settings.transport.explain(error, options.signal);
  }
}

/** Makes a client of the API server that `access` names. Nothing is sent before the first call. */
export function createKubeClient(access: ClusterAccess, options: KubeClientOptions = {}): KubeClient {
  const { timeoutMs = 30_000, maxBodyBytes = 256 * MIB, clock = systemClock } = options;
  const logger = guarded(options.logger ?? silentLogger);
  const userAgent = options.userAgent ?? `fairlead/${VERSION}`;
  const transport = createTransport(access, { userAgent, timeoutMs, clock, logger });
  const settings: Settings = { timeoutMs, maxBodyBytes, clock, transport };

  function request(method: string, path: string, options: RequestOptions): Omit<ApiRequest, 'body'> {
    const { signal, ref = true } = options;
    return { method, path, gzip: method === 'GET', ref, ...(signal ? { signal } : {}) };
  }

  async function send<T extends KubeObject>(
    method: string,
    target: Target,
    body?: ApiRequest['body'],
  ): Promise<T> {
    const path = apiPath(target.ref, target.parts);
    const answer = await call(settings, {
      ...request(method, path, target.options),
      ...(body ? { body } : {}),
    });
    return asObject<T>(answer, `${method} ${path}`);
  }

  return {
    server: access.server,
    identity: { origin: access.origin, user: access.user },
    get: (ref, name, options = {}) => send('GET', target(ref, options, name)),
    async list<T extends KubeObject>(ref: ResourceRef, options: RequestOptions = {}) {
      const path = apiPath(ref, target(ref, options).parts);
      return asList<T>(await call(settings, request('GET', path, options)), `GET ${path}`);
    },
    async watch<T extends KubeObject>(ref: ResourceRef, options: WatchOptions = {}) {
      const query = { ...options.query, watch: true };
      const path = apiPath(ref, { ...target(ref, options).parts, query });
      const response = await open(settings, { ...request('GET', path, options), gzip: false });
      return watchEvents<T>(settings, response, options);
    },
    create: (ref, object, options = {}) =>
      send('POST', target(ref, inNamespaceOf(object, options), options.name), json(object)),
    async update(ref, object, options = {}) {
      const name = object.metadata.name;
      if (name === undefined) throw new TypeError('update: the object has no metadata.name');
      return send('PUT', target(ref, inNamespaceOf(object, options), name), json(object));
    },
    patch: (ref, name, body, options = {}) =>
      send('PATCH', target(ref, options, name), json(body, PATCH_TYPES[options.kind ?? 'merge'])),
    delete: (ref, name, options = {}) =>
      send('DELETE', target(ref, options, name), options.body === undefined ? undefined : json(options.body)),
    close: () => transport.close(),
  };
}

interface Target {
  readonly ref: ResourceRef;
  readonly parts: PathParts;
  readonly options: RequestOptions;
}

function target(ref: ResourceRef, options: RequestOptions, name?: string): Target {
  const { namespace, subresource, query } = options;
  const parts: PathParts = {
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
    ...(query === undefined ? {} : { query }),
  };
  return { ref, parts, options };
}

/** A write goes to the object's own namespace unless another is given. */
function inNamespaceOf(object: KubeObject, options: RequestOptions): RequestOptions {
  const namespace = options.namespace ?? object.metadata.namespace;
  return namespace === undefined ? options : { ...options, namespace };
}

function json(value: unknown, type = 'application/json'): { type: string; text: string } {
  return { type, text: JSON.stringify(value) };
}
