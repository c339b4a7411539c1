import type {
  MethodDefinition,
  ServerUnaryCall,
  ServerWritableStream,
  sendUnaryData,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { refused } from './errors.js';
import {
  decodeListRequest,
  decodeListResponse,
  decodeRequest,
  decodeResponse,
  encodeListRequest,
  encodeListResponse,
  encodeRequest,
  encodeResponse,
  type HealthCheckRequest,
  type HealthCheckResponse,
  type HealthListResponse,
  type ServingStatus,
} from './health-codec.js';
import { NOT_FOUND, UNAVAILABLE } from './status.js';

/** The service path of every health call. */
export const HEALTH_PATH = '/grpc.health.v1.Health/';

/** What a service can be set to. */
export type HealthStatus = Exclude<ServingStatus, 'SERVICE_UNKNOWN'>;

/** Methods of grpc.health.v1.Health as grpc-js takes them. */
export type HealthDefinition = {
  readonly Check: MethodDefinition<HealthCheckRequest, HealthCheckResponse>;
  readonly Watch: MethodDefinition<HealthCheckRequest, HealthCheckResponse>;
  readonly List: MethodDefinition<object, HealthListResponse>;
};

/** grpc.health.v1 for one process. */
export interface Health {
  /** For `server.addService` and `grpc.makeGenericClientConstructor`. */
  readonly definition: HealthDefinition;
  readonly implementation: UntypedServiceImplementation;
  /**
   * Sets the status of a service by its full name; `''` is the whole server, which starts as `SERVING`. Watchers
   * hear of it. After `shutdown()` it does nothing.
   */
  setStatus(service: string, status: HealthStatus): void;
  /** Sets every known service to `NOT_SERVING` for good. The lifecycle calls it when the drain begins. */
  shutdown(): void;
  /** `shutdown()`, and ends every Watch with UNAVAILABLE: one open Watch would hold `tryShutdown` for ever. */
  close(): void;
}

const SERVING_VALUES: readonly HealthStatus[] = ['UNKNOWN', 'SERVING', 'NOT_SERVING'];

/** Makes the health service. It needs no .proto file and loads nothing. */
export function createHealth(): Health {
  return new HealthService();
}

type WatchCall = ServerWritableStream<HealthCheckRequest, HealthCheckResponse>;

class HealthService implements Health {
  readonly definition = definition();
  readonly implementation: UntypedServiceImplementation;
  private readonly statuses = new Map<string, HealthStatus>([['', 'SERVING']]);
  private readonly watchers = new Map<string, Set<Watcher>>();
  private down = false;
  private closed = false;

  constructor() {
    this.implementation = {
      Check: (
        call: ServerUnaryCall<HealthCheckRequest, HealthCheckResponse>,
        done: sendUnaryData<HealthCheckResponse>,
      ) => {
        const { service } = call.request;
        const status = this.statuses.get(service);
        if (status === undefined)
          done({ code: NOT_FOUND, details: `unknown service ${JSON.stringify(service)}` });
        else done(null, { status });
      },
      Watch: (call: WatchCall) => this.watch(call),
      List: (_call: ServerUnaryCall<object, HealthListResponse>, done: sendUnaryData<HealthListResponse>) =>
        done(null, {
          statuses: new Map(Array.from(this.statuses, ([service, status]) => [service, { status }])),
        }),
    };
  }

  setStatus(service: string, status: HealthStatus): void {
    if (typeof service !== 'string') throw refused('service', service, 'the full name of a service, or ""');
    if (!SERVING_VALUES.includes(status)) throw refused('status', status, SERVING_VALUES.join(', '));
    if (!this.down) this.set(service, status);
  }

  shutdown(): void {
    if (this.down) return;
    this.down = true;
    for (const service of this.statuses.keys()) this.set(service, 'NOT_SERVING');
  }

  close(): void {
    this.shutdown();
    this.closed = true;
    for (const watchers of this.watchers.values()) for (const watcher of watchers) watcher.end();
    this.watchers.clear();
  }

  private set(service: string, status: HealthStatus): void {
    this.statuses.set(service, status);
    for (const watcher of this.watchers.get(service) ?? []) watcher.tell();
  }

  private watch(call: WatchCall): void {
    const { service } = call.request;
    // health.proto: "If the requested service is unknown when the call is received, the server will … SERVICE_UNKNOWN
    // … and subsequent status changes".
    const watcher = new Watcher(call, () => this.statuses.get(service) ?? 'SERVICE_UNKNOWN');
    if (this.closed) {
      watcher.end();
      return;
    }
    const watchers = this.watchers.get(service) ?? new Set();
    this.watchers.set(service, watchers.add(watcher));
    call.on('cancelled', () => {
      watchers.delete(watcher);
      if (watchers.size === 0 && this.watchers.get(service) === watchers) this.watchers.delete(service);
    });
    watcher.tell();
  }
}

/** One open Watch. A client that does not read is told the newest status when it does, not every one in between. */
class Watcher {
  private readonly call: WatchCall;
  private readonly current: () => ServingStatus;
  private told: ServingStatus | undefined;
  private full = false;

  constructor(call: WatchCall, current: () => ServingStatus) {
    this.call = call;
    this.current = current;
    call.on('drain', () => {
      this.full = false;
      this.tell();
    });
  }

  tell(): void {
    const status = this.current();
    if (this.full || status === this.told || this.call.cancelled || this.call.writableEnded) return;
    this.told = status;
    this.full = !this.call.write({ status });
  }

  end(): void {
    if (this.call.cancelled || this.call.writableEnded) return;
    // An 'error' event is how a grpc-js handler ends a stream with a status.
    this.call.emit('error', { code: UNAVAILABLE, details: 'server is shutting down' });
  }
}

function definition(): HealthDefinition {
  const check = {
    path: `${HEALTH_PATH}Check`,
    originalName: 'check',
    requestStream: false,
    responseStream: false,
    requestSerialize: encodeRequest,
    requestDeserialize: decodeRequest,
    responseSerialize: encodeResponse,
    responseDeserialize: decodeResponse,
  };
  return {
    Check: check,
    Watch: { ...check, path: `${HEALTH_PATH}Watch`, originalName: 'watch', responseStream: true },
    List: {
      path: `${HEALTH_PATH}List`,
      originalName: 'list',
      requestStream: false,
      responseStream: false,
      requestSerialize: encodeListRequest,
      requestDeserialize: decodeListRequest,
      responseSerialize: encodeListResponse,
      responseDeserialize: decodeListResponse,
    },
  };
}
