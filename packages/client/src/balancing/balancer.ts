import type { ConnectionState, Pipeline, Plan } from '@fairlead/balancing';
import type { Timer } from '@fairlead/discovery';
import { candidateOf, type KnownCandidate } from '../attributes.js';
import { channelOf } from '../channel-context.js';
import { messageOf } from '../errors.js';
import type {
  ChannelControlHelper,
  ChannelOptions,
  ConnectivityState,
  Grpc,
  GrpcEndpoint,
  LoadBalancer,
  Picker,
  StatusOr,
  TypedLoadBalancingConfig,
} from '../grpc.js';
import type { Runtime } from '../runtime.js';
import { POLICY_NAME } from '../service-config.js';
import { type FairleadConfig, ownConfig } from './config.js';
import { Connection, type ConnectionOwner, connectionError } from './connection.js';
import { FailurePicker, type PickHost, ReadyPicker } from './picker.js';

/** The empty list that a new balancer starts from. */
const NO_ENDPOINTS: readonly GrpcEndpoint[] = [];

/**
 * The one balancer: it keeps the connections that the plan asks for and publishes pickers; every decision is the
 * pipeline's. What changes costs what has changed: endpoints are compared by `===`, connections are never made anew
 * for an endpoint that stays.
 */
export class Balancer implements LoadBalancer, ConnectionOwner, PickHost {
  readonly grpc: Grpc;
  readonly helper: ChannelControlHelper;
  readonly connections = new Map<string, Connection>();
  private readonly runtime: Runtime;
  private readonly failurePicker = new FailurePicker(this);
  private config: FairleadConfig | null = null;
  private pipeline: Pipeline | null = null;
  private readyPicker: ReadyPicker | null = null;
  private plan: Plan | null = null;
  private endpoints: readonly GrpcEndpoint[] = NO_ENDPOINTS;
  private candidates: readonly KnownCandidate[] = [];
  private options: ChannelOptions = {};
  private target = '';
  private note = '';
  /** Why there is no list at all, or no config that could run. */
  private refusal: string | null = null;
  private lastError: string | null = null;
  private generation = 0;
  private readonly counts: Record<ConnectionState, number> = { idle: 0, connecting: 0, ready: 0, failed: 0 };
  private published: { state: ConnectivityState; picker: Picker } | null = null;
  private changing = false;
  private waiting = false;
  private turn: NodeJS.Immediate | null = null;
  private wakeTimer: Timer | null = null;
  private wakeAtMs: number | null = null;
  private closed = false;

  constructor(grpc: Grpc, runtime: Runtime, helper: ChannelControlHelper) {
    this.grpc = grpc;
    this.runtime = runtime;
    this.helper = helper;
    runtime.metrics.opened(this);
  }

  /**
   * Always true: after false grpc-js keeps calls waiting for a config instead of asking the picker, which would
   * hide why they cannot run.
   */
  updateAddressList(
    list: StatusOr<GrpcEndpoint[]>,
    lbConfig: TypedLoadBalancingConfig,
    channelOptions: ChannelOptions,
    resolutionNote: string,
  ): boolean {
    const config = ownConfig(lbConfig);
    if (config === null) return false;
    this.options = channelOptions;
    this.target = channelOf(this.grpc, channelOptions)?.target ?? '';
    const renewed = this.takeConfig(config);
    if (this.pipeline === null) return true;
    if (!list.ok) {
      // The last good list stays; its endpoints may well be reachable.
      if (this.endpoints.length === 0) this.refusal = list.error.details;
    } else {
      this.refusal = null;
      this.note = resolutionNote;
      this.takeEndpoints(list.value, this.pipeline, renewed);
    }
    this.publish(renewed);
    return true;
  }

  exitIdle(): void {
    for (const connection of this.connections.values()) {
      if (connection.state === 'idle') connection.leaf.exitIdle();
    }
  }

  /** Does nothing: backoff belongs to the subchannels, and a leaf has no way to reset it. */
  resetBackoff(): void {}

  destroy(): void {
    this.closed = true;
    this.runtime.metrics.closed(this);
    for (const connection of this.connections.values()) this.drop(connection);
    this.wakeTimer?.cancel();
    this.wakeTimer = null;
  }

  getTypeName(): string {
    return POLICY_NAME;
  }

  /** How many connections are in a state, for metrics. */
  count(state: ConnectionState): number {
    return this.counts[state];
  }

  /** The target of the channel, or '' below a resolver that is not ours. */
  get targetText(): string {
    return this.target;
  }

  onConnection(connection: Connection, state: ConnectionState, message: string | null): void {
    const before = connection.state;
    if (message !== null) this.lastError = connectionError(message);
    if (state !== before) {
      connection.state = state;
      this.counts[before] -= 1;
      this.counts[state] += 1;
      const plan = this.pipeline?.connection(connection.key, state) ?? null;
      if (plan !== null) this.plan = plan;
      // A foreign resolver (DNS) looks again only when asked; ours ignores it.
      if (before === 'ready') this.helper.requestReresolution();
      if (plan !== null && !this.changing) this.follow(plan);
      else this.scheduleWake();
      if (state === 'idle' && this.plan?.connect.has(connection.key)) connection.leaf.exitIdle();
    }
    if (!this.changing) this.publish(false);
  }

  now(): number {
    return this.runtime.now();
  }

  picked(): void {
    this.turn ??= setImmediate(() => {
      this.turn = null;
      this.pipeline?.endOfTurn();
    });
  }

  starved(): void {
    this.waiting = true;
  }

  broke(error: unknown): void {
    this.runtime.log.trouble(`pick ${messageOf(error)}`, 'a pick failed', {
      target: this.target,
      error: messageOf(error),
    });
  }

  failure(): string {
    if (this.refusal !== null) return this.refusal;
    const prefix = this.target === '' ? `${POLICY_NAME}: ` : `${this.target}: `;
    const size = this.connections.size;
    if (size === 0) return this.note === '' ? `${prefix}no usable endpoint` : this.note;
    const last = this.lastError ?? 'none reported';
    return `${prefix}no connection to any of ${size} endpoints; last error: ${last}`;
  }

  /** Returns true when calls must be decided by a new pipeline. */
  private takeConfig(config: FairleadConfig): boolean {
    if (config === this.config) return false;
    if (config.pipeline === undefined) {
      const fields = { target: this.target, error: config.error };
      this.runtime.log.trouble(`config ${config.error}`, 'a policy config is not accepted', fields);
      this.runtime.metrics.configRejected(this.target);
      if (this.pipeline !== null) return false;
      this.refusal = `${this.target === '' ? '' : `${this.target}: `}${config.error}`;
      this.publish(false);
      return false;
    }
    const same =
      this.config?.pipeline !== undefined && this.runtime.sameConfig(this.config.pipeline, config.pipeline);
    this.config = config;
    if (same) return false;
    const pipeline = this.runtime.createPipeline(config.pipeline, {
      now: () => this.runtime.now(),
      random: this.runtime.random,
      ...(this.pipeline === null ? {} : { previous: this.pipeline }),
    });
    this.pipeline = pipeline;
    this.readyPicker = new ReadyPicker(this, pipeline);
    return true;
  }

  private takeEndpoints(endpoints: readonly GrpcEndpoint[], pipeline: Pipeline, renewed: boolean): void {
    if (!renewed && sameObjects(endpoints, this.endpoints)) return;
    this.endpoints = endpoints;
    this.candidates = endpoints.map(candidateOf);
    let plan = pipeline.update(this.candidates);
    if (renewed) {
      for (const { key, state } of this.connections.values()) plan = pipeline.connection(key, state) ?? plan;
    }
    this.follow(plan);
  }

  /** Makes the connections fit the plan. A leaf may report while it is started, which may change the plan again. */
  private follow(plan: Plan): void {
    this.plan = plan;
    this.changing = true;
    let now: Plan;
    do {
      now = this.plan;
      this.connect(now);
    } while (now !== this.plan);
    this.changing = false;
    this.scheduleWake();
  }

  private connect(plan: Plan): void {
    const generation = ++this.generation;
    // The list need not be asked about each key when the plan holds all of them.
    const all = plan.connect.size === this.candidates.length;
    let kept = 0;
    this.candidates.forEach((candidate, index) => {
      const { key } = candidate;
      const connection = this.connections.get(key);
      const wanted = all || plan.connect.has(key);
      if (connection === undefined) {
        const endpoint = this.endpoints[index];
        if (!wanted || endpoint === undefined) return;
        this.open(candidate, endpoint).generation = generation;
        kept += 1;
      } else if (wanted || plan.lazy.has(key)) {
        if (connection.generation !== generation) kept += 1;
        connection.generation = generation;
        if (connection.candidate !== candidate) this.renew(connection, candidate);
      }
    });
    if (kept === this.connections.size) return;
    for (const connection of this.connections.values()) {
      if (connection.generation !== generation) this.drop(connection);
    }
  }

  private open(candidate: KnownCandidate, endpoint: GrpcEndpoint): Connection {
    const connection = new Connection({
      grpc: this.grpc,
      owner: this,
      endpoint,
      candidate,
      channelOptions: this.options,
      cell: this.runtime.metrics.pickCell(this.target, candidate.zone),
    });
    this.connections.set(connection.key, connection);
    this.counts.idle += 1;
    this.runtime.peers.add(endpoint, candidate);
    connection.start();
    return connection;
  }

  private renew(connection: Connection, candidate: KnownCandidate): void {
    if (connection.candidate.zone !== candidate.zone) {
      connection.cell = this.runtime.metrics.pickCell(this.target, candidate.zone);
    }
    connection.candidate = candidate;
    this.runtime.peers.renew(connection.leaf.getEndpoint(), candidate);
  }

  private drop(connection: Connection): void {
    this.connections.delete(connection.key);
    this.counts[connection.state] -= 1;
    this.runtime.peers.remove(connection.leaf.getEndpoint());
    connection.close();
  }

  /** Tells the channel when its state or its picker changes; pickers look at the moment, so nothing else matters. */
  private publish(renewed: boolean): void {
    if (this.closed) return;
    const { state, picker } = this.judge();
    const before = this.published;
    if (before?.state === state && before.picker === picker && !renewed && !this.waiting) return;
    this.waiting = false;
    this.published = { state, picker };
    const failed = state === this.grpc.connectivityState.TRANSIENT_FAILURE;
    this.helper.updateState(state, picker, failed ? this.failure() : null);
  }

  private judge(): { state: ConnectivityState; picker: Picker } {
    const { CONNECTING, READY, TRANSIENT_FAILURE } = this.grpc.connectivityState;
    if (this.counts.ready > 0 && this.readyPicker !== null) return { state: READY, picker: this.readyPicker };
    if (this.counts.connecting + this.counts.idle === 0) {
      return { state: TRANSIENT_FAILURE, picker: this.failurePicker };
    }
    const queued = this.published?.state === CONNECTING ? this.published.picker : null;
    return { state: CONNECTING, picker: queued ?? new this.grpc.experimental.QueuePicker(this) };
  }

  private scheduleWake(): void {
    const atMs = this.pipeline?.nextWakeMs ?? null;
    if (atMs === this.wakeAtMs && this.wakeTimer !== null) return;
    this.wakeTimer?.cancel();
    this.wakeTimer = null;
    this.wakeAtMs = atMs;
    if (atMs === null || this.closed) return;
    this.wakeTimer = this.runtime.clock.setTimeout(() => this.wake(), Math.max(0, atMs - this.now()));
    this.wakeTimer.unref();
  }

  private wake(): void {
    this.wakeTimer = null;
    const plan = this.pipeline?.wake() ?? null;
    if (plan !== null) this.follow(plan);
    else this.scheduleWake();
    this.publish(false);
  }
}

function sameObjects(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a === b || (a.length === b.length && a.every((item, index) => item === b[index]));
}
