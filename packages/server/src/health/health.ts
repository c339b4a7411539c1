import type { ServerUnaryCall, sendUnaryData, UntypedServiceImplementation } from '@grpc/grpc-js';
import { refused } from '../errors.js';
import { LoopDelay } from '../event-loop.js';
import { NOT_FOUND } from '../status.js';
import { Check, type CheckState } from './check.js';
import type { HealthCheckRequest, HealthCheckResponse, HealthListResponse, ServingStatus } from './codec.js';
import { definition, type HealthDefinition } from './definition.js';
import { LIVENESS, READINESS } from './names.js';
import { checkService, type HealthOptions, type ResolvedHealth, resolveHealth } from './options.js';
import { type WatchCall, Watcher } from './watcher.js';

/** What a service can be set to. */
export type HealthStatus = Exclude<ServingStatus, 'SERVICE_UNKNOWN'>;

/**
 * grpc.health.v1 for one process. Besides the services that are set there are `readiness`, which is `''` under a name
 * of its own, and `liveness`: for the kubelet's probes `grpc: {port, service}`.
 */
export interface Health {
  /** For `server.addService` and `grpc.makeGenericClientConstructor`. */
  readonly definition: HealthDefinition;
  readonly implementation: UntypedServiceImplementation;
  /** Whether the whole server is SERVING: what it was set to, its checks, and no drain. */
  readonly ready: boolean;
  /** Whether the event loop runs. The first look at it starts the measurement. */
  readonly live: boolean;
  /** What the checks found last, by name. */
  readonly checks: Readonly<Record<string, CheckState>>;
  /**
   * Sets the status of a service by its full name; `''` is the whole server, which starts as `SERVING`. A service
   * whose checks fail is NOT_SERVING all the same. Watchers hear of it. After `shutdown()` it does nothing.
   */
  setStatus(service: string, status: HealthStatus): void;
  /**
   * Sets every known service but `liveness` to `NOT_SERVING` for good, and ends the checks. The lifecycle calls it when
   * the drain begins.
   */
  shutdown(): void;
  /** `shutdown()`, and ends every Watch with UNAVAILABLE: one open Watch would hold `tryShutdown` for ever. */
  close(): void;
}

const SERVING_VALUES: readonly HealthStatus[] = ['UNKNOWN', 'SERVING', 'NOT_SERVING'];
/** Often enough for stalls of seconds. */
const LOOK_AT_LOOP_MS = 500;

/**
 * Makes the health service. It needs no .proto file and loads nothing. Checks begin at once; their timers hold no
 * process. Throws `ServerError` for options that cannot be used.
 */
export function createHealth(options: HealthOptions = {}): Health {
  return new HealthService(resolveHealth(options));
}

class HealthService implements Health {
  readonly definition = definition();
  readonly implementation: UntypedServiceImplementation;
  private readonly statuses = new Map<string, HealthStatus>([['', 'SERVING']]);
  private readonly watchers = new Map<string, Set<Watcher>>();
  private readonly dependencies: readonly Check[];
  private readonly loop: LoopDelay;
  private alive = true;
  private down = false;
  private closed = false;

  constructor({ checks, maxStallMs, ...host }: ResolvedHealth) {
    this.implementation = this.implement();
    const onChange = (): void => this.tell();
    this.dependencies = Array.from(checks, ([name, check]) => new Check(name, check, { ...host, onChange }));
    for (const check of this.dependencies) {
      for (const service of check.services) this.statuses.set(service, 'SERVING');
      check.start();
    }
    this.loop = new LoopDelay({
      clock: host.clock,
      everyMs: LOOK_AT_LOOP_MS,
      onSample: (delayMs) => {
        const alive = delayMs <= maxStallMs;
        if (alive === this.alive) return;
        this.alive = alive;
        if (!alive) host.logger.warn('the event loop stood still: not live', { delayMs, maxStallMs });
        this.tell();
      },
    });
  }

  get ready(): boolean {
    return this.status('') === 'SERVING';
  }

  get live(): boolean {
    return this.status(LIVENESS) === 'SERVING';
  }

  get checks(): Readonly<Record<string, CheckState>> {
    return Object.fromEntries(this.dependencies.map(({ name, current }) => [name, current]));
  }

  setStatus(service: string, status: HealthStatus): void {
    checkService('service', service);
    if (!SERVING_VALUES.includes(status)) throw refused('status', status, SERVING_VALUES.join(', '));
    if (this.down) return;
    this.statuses.set(service, status);
    this.tell();
  }

  shutdown(): void {
    if (this.down) return;
    this.down = true;
    for (const check of this.dependencies) check.stop();
    this.tell();
  }

  close(): void {
    this.shutdown();
    this.closed = true;
    this.loop.stop();
    for (const watchers of this.watchers.values()) for (const watcher of watchers) watcher.end();
    this.watchers.clear();
  }

  private status(service: string): ServingStatus {
    if (service === LIVENESS) {
      if (!this.closed) this.loop.start();
      return this.alive ? 'SERVING' : 'NOT_SERVING';
    }
    const name = service === READINESS ? '' : service;
    const set = this.statuses.get(name);
    if (set === undefined) return 'SERVICE_UNKNOWN';
    if (this.down) return 'NOT_SERVING';
    if (set !== 'SERVING') return set;
    const lacks = this.dependencies.some(
      ({ services, current }) => current.state !== 'up' && services.includes(name),
    );
    return lacks ? 'NOT_SERVING' : 'SERVING';
  }

  private tell(): void {
    for (const watchers of this.watchers.values()) for (const watcher of watchers) watcher.tell();
  }

  private implement(): UntypedServiceImplementation {
    return {
      Check: (
        call: ServerUnaryCall<HealthCheckRequest, HealthCheckResponse>,
        done: sendUnaryData<HealthCheckResponse>,
      ) => {
        const { service } = call.request;
        const status = this.status(service);
        if (status === 'SERVICE_UNKNOWN')
          done({ code: NOT_FOUND, details: `unknown service ${JSON.stringify(service)}` });
        else done(null, { status });
      },
      Watch: (call: WatchCall) => this.watch(call),
      List: (_call: ServerUnaryCall<object, HealthListResponse>, done: sendUnaryData<HealthListResponse>) => {
        const names = [...this.statuses.keys(), READINESS, LIVENESS];
        done(null, { statuses: new Map(names.map((name) => [name, { status: this.status(name) }])) });
      },
    };
  }

  private watch(call: WatchCall): void {
    const { service } = call.request;
    // health.proto: "If the requested service is unknown when the call is received, the server will … SERVICE_UNKNOWN
    // … and subsequent status changes".
    const watcher = new Watcher(call, () => this.status(service));
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
