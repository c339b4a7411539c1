import { Client, type ClientDuplexStream, credentials, type MethodDefinition } from '@grpc/grpc-js';
import {
  DELTA,
  type DeltaRequest,
  type DeltaResponse,
  SOTW,
  type SotwRequest,
  type SotwResponse,
  TYPES,
} from './protocol.js';
import type { Told } from './told.js';

/** A client that notices a server that hangs, and comes again soon, whatever it has been through. */
const KEEPALIVE = { timeMs: 2_000, timeoutMs: 2_000 };
const AGAIN_MS = 200;
const ALL_TYPES = Object.values(TYPES);

export interface WatcherOptions {
  /** Port on 127.0.0.1. */
  readonly port: number;
  /** Node id. */
  readonly id: string;
  /** The name that is asked for, of all types. */
  readonly name: string;
  readonly told: Told;
}

/** Opens stream after stream until it is closed, and says on each what it has. */
export interface Watcher {
  /** Every type was answered since the stream was opened, or is known from an earlier one. */
  readonly complete: boolean;
  close(): void;
}

interface Protocol<Request, Response> {
  readonly method: MethodDefinition<Request, Response>;
  first(type: string): Request;
  /** Keeps what it says; the acknowledgement. */
  take(response: Response): Request;
}

/** State of the world: a version of each type. */
function sotw({ id, name, told }: WatcherOptions, seen: Set<string>): Protocol<SotwRequest, SotwResponse> {
  const versions = new Map<string, string>();
  const request = (type_url: string, response_nonce = ''): SotwRequest => {
    const version_info = versions.get(type_url) ?? '';
    return { node: { id }, type_url, version_info, resource_names: [name], response_nonce };
  };
  return {
    method: SOTW,
    first: (type) => request(type),
    take(response) {
      told.sotw(response);
      const { type_url, nonce, version_info, resources } = response;
      if (resources.length > 0) seen.add(type_url);
      versions.set(type_url, version_info);
      return request(type_url, nonce);
    },
  };
}

/** Delta: a version of each resource; what is known already is not sent again. */
function delta({ id, name, told }: WatcherOptions, seen: Set<string>): Protocol<DeltaRequest, DeltaResponse> {
  const versions = new Map<string, string>();
  return {
    method: DELTA,
    first(type_url) {
      const version = versions.get(type_url);
      const initial_resource_versions = version === undefined ? {} : { [name]: version };
      return { node: { id }, type_url, resource_names_subscribe: [name], initial_resource_versions };
    },
    take(response) {
      told.delta(response);
      const { type_url, nonce: response_nonce, resources } = response;
      for (const { version } of resources) {
        seen.add(type_url);
        versions.set(type_url, version);
      }
      return { type_url, response_nonce };
    },
  };
}

class Reopening<Request, Response> implements Watcher {
  readonly #client: Client;
  readonly #protocol: Protocol<Request, Response>;
  readonly #seen: ReadonlySet<string>;
  #stream: ClientDuplexStream<Request, Response> | null = null;
  #again: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(port: number, protocol: Protocol<Request, Response>, seen: ReadonlySet<string>) {
    this.#client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
      'grpc.enable_http_proxy': 0,
      'grpc.use_local_subchannel_pool': 1,
      'grpc.keepalive_time_ms': KEEPALIVE.timeMs,
      'grpc.keepalive_timeout_ms': KEEPALIVE.timeoutMs,
      'grpc.initial_reconnect_backoff_ms': AGAIN_MS,
      'grpc.max_reconnect_backoff_ms': AGAIN_MS,
    });
    this.#protocol = protocol;
    this.#seen = seen;
    this.#open();
  }

  get complete(): boolean {
    return this.#seen.size === ALL_TYPES.length;
  }

  close(): void {
    this.#closed = true;
    if (this.#again !== null) clearTimeout(this.#again);
    this.#stream?.cancel();
    this.#client.close();
  }

  #open(): void {
    const { method, first, take } = this.#protocol;
    const { path, requestSerialize, responseDeserialize } = method;
    const stream = this.#client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    this.#stream = stream;
    stream.on('data', (response: Response) => stream.write(take(response)));
    stream.on('error', () => {});
    stream.on('status', () => {
      if (!this.#closed) this.#again = setTimeout(() => this.#open(), AGAIN_MS);
    });
    for (const type of ALL_TYPES) stream.write(first(type));
  }
}

/** Watches by state of the world. */
export function watchSotw(options: WatcherOptions): Watcher {
  const seen = new Set<string>();
  return new Reopening(options.port, sotw(options, seen), seen);
}

/** Watches by delta. */
export function watchDelta(options: WatcherOptions): Watcher {
  const seen = new Set<string>();
  return new Reopening(options.port, delta(options, seen), seen);
}
