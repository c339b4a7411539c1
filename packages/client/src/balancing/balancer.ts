import {
  type ConnectionState,
  configToJson,
  type LoadReport,
  type Pipeline,
  type Plan,
  type StreamMove,
} from '@fairlead/balancing';
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
import { candidatesOf } from '../handover/attributes.js';
import { type ChannelContext, channelOf } from '../handover/channel-context.js';
import { inspectEndpoints } from '../inspection/inspect-balancer.js';
import type { ChannelInspection } from '../inspection/inspection.js';
import type { InspectedBalancer } from '../inspection/open-channels.js';
import { ReportFeed } from '../load-reports/report-feed.js';
import type { Runtime } from '../registration/runtime.js';
import { POLICY_NAME } from '../service-config.js';
import { MovableStream } from '../streams/stream-call.js';
import type { CountedBalancer } from '../telemetry/metrics.js';
import { type FairleadConfig, ownConfig } from './config.js';
import { type Connection, type ConnectionOwner, connectionError, stateOf } from './connection.js';
import { Connections, type EndpointList, NO_LIST } from './connections.js';
import { type Engine, engineFor } from './engine.js';
import { FailurePicker, type PickHost } from './picker.js';
import { PipelineTimes } from './pipeline-times.js';

/**
 * The one balancer: it keeps the connections that the plan asks for and publishes pickers; every decision is the
 * pipeline's.
 */
export class Balancer implements LoadBalancer, ConnectionOwner, PickHost, CountedBalancer, InspectedBalancer {
  readonly grpc: Grpc;
  readonly helper: ChannelControlHelper;
  private readonly runtime: Runtime;
  private readonly connections: Connections;
  private readonly times: PipelineTimes;
  private readonly reports: ReportFeed;
  private readonly failurePicker = new FailurePicker(this);
  private engine: Engine | null = null;
  private plan: Plan | null = null;
  private list: EndpointList = NO_LIST;
  context: ChannelContext | undefined;
  private target = '';
  private note = '';
  /** Why there is no list at all, or no config that could run. */
  private refusal: string | null = null;
  /** What is wrong with the latest config; null: it is in force. */
  private rejected: string | null = null;
  private lastError: string | null = null;
  private published: { readonly state: ConnectivityState; readonly picker: Picker } | null = null;
  /** Connections are being opened and closed; what they report meanwhile is published at the end. */
  private changing = false;
  /** A call is queued although the channel is READY: grpc-js asks again only when it gets a picker. */
  private waiting = false;
  private closed = false;

  constructor(grpc: Grpc, runtime: Runtime, helper: ChannelControlHelper) {
    this.grpc = grpc;
    this.runtime = runtime;
    this.helper = helper;
    this.connections = new Connections(grpc, runtime, this);
    this.times = new PipelineTimes(runtime, {
      pipeline: () => this.engine?.pipeline ?? null,
      woken: (plan) => this.onWoken(plan),
    });
    this.reports = new ReportFeed({
      grpc,
      clock: runtime.clock,
      outside: (fn) => runtime.outside(fn),
      streams: runtime.loadStreams,
      now: () => runtime.now(),
      connections: () => this.connections.byKey.values(),
      readyCount: () => this.count('ready'),
      report: (key, report) => this.onReport(key, report),
    });
    runtime.metrics.opened(this);
    runtime.openChannels.balancers.add(this);
    runtime.whereabouts.followers.add(this.relocate);
  }

  /**
   * True even for a list that cannot serve: after false grpc-js keeps calls waiting for a config instead of asking
   * the picker, which would hide why they cannot run. False only for a config that is not ours.
   */
  updateAddressList(
    list: StatusOr<GrpcEndpoint[]>,
    lbConfig: TypedLoadBalancingConfig,
    channelOptions: ChannelOptions,
    resolutionNote: string,
  ): boolean {
    const config = ownConfig(lbConfig);
    if (config === null) return false;
    this.context = channelOf(this.grpc, channelOptions);
    this.target = this.context?.target ?? '';
    const renewed = this.takeConfig(config, channelOptions);
    const { engine } = this;
    if (engine !== null && list.ok) {
      this.refusal = null;
      this.note = resolutionNote;
      this.takeEndpoints(list.value, channelOptions, { pipeline: engine.pipeline, renewed });
    } else if (engine !== null && !list.ok) {
      const { endpoints, channelOptions: options } = this.list;
      // After a good list its endpoints stay: they may well be reachable. A new pipeline has to hear of them.
      if (endpoints.length === 0) this.refusal = list.error.details;
      else if (renewed) this.takeEndpoints(endpoints, options, { pipeline: engine.pipeline, renewed });
    }
    this.publish(renewed);
    return true;
  }

  exitIdle(): void {
    this.connections.exitIdle();
  }

  /** Does nothing: backoff belongs to the subchannels, and a leaf has no way to reset it. */
  resetBackoff(): void {}

  destroy(): void {
    this.closed = true;
    this.runtime.metrics.closed(this);
    this.runtime.openChannels.balancers.delete(this);
    this.runtime.whereabouts.followers.delete(this.relocate);
    this.connections.closeAll();
    this.reports.close();
    this.times.close();
  }

  getTypeName(): string {
    return POLICY_NAME;
  }

  get targetText(): string {
    return this.target;
  }

  count(state: ConnectionState): number {
    return this.connections.count(state);
  }

  inspect(): Omit<ChannelInspection, 'target' | 'endpointSet'> {
    const { engine, published, connections, list, runtime } = this;
    const { TRANSIENT_FAILURE } = this.grpc.connectivityState;
    const { policy = POLICY_NAME, basis = null } = engine?.pipeline.inspect?.() ?? {};
    const config = engine?.config.pipeline;
    return {
      state: published === null ? null : stateOf(this.grpc, published.state),
      policy: {
        name: policy,
        basis,
        config: config === undefined ? null : configToJson(config),
        rejected: this.rejected ?? this.context?.view?.rejected ?? null,
      },
      connections: connections.counted,
      failure: published?.state === TRANSIENT_FAILURE ? this.failure() : null,
      endpoints: inspectEndpoints({
        pipeline: engine?.pipeline ?? null,
        candidates: list.candidates,
        connections: connections.byKey,
        reportStreamMs: (key) => this.reports.streamMs(key),
        nowMs: runtime.now(),
      }),
    };
  }

  onConnection(connection: Connection, state: ConnectionState, message: string | null): void {
    if (message !== null) this.lastError = connectionError(message) ?? this.lastError;
    const before = connection.state;
    if (state !== before) {
      this.connections.moved(connection, state);
      const plan = this.engine?.pipeline.connection(connection.key, state) ?? null;
      if (plan !== null) this.follow(plan);
      // A foreign resolver (DNS) looks again only when asked; ours ignores it.
      if (before === 'ready') {
        this.reports.lost(connection.key);
        this.helper.requestReresolution();
      }
      if (state === 'idle' && this.plan?.connect.has(connection.key)) connection.leaf.exitIdle();
      this.times.renew();
    }
    if (!this.changing) this.publish(false);
  }

  connection(key: string): Connection | undefined {
    const connection = this.connections.byKey.get(key);
    if (connection !== undefined || this.closed || this.plan?.lazy.has(key) !== true) return connection;
    return this.connections.openPlanned(key);
  }

  now(): number {
    return this.runtime.now();
  }

  picked(): void {
    this.times.picked();
    // grpc-js may still ask the picker of a channel that was closed in this turn.
    if (!this.closed) this.reports.picked();
  }

  changed(): void {
    this.times.asked();
  }

  get asksForReports(): boolean {
    return this.reports.asking;
  }

  /** Also without a pick: all may be ejected, and then only the pipeline's timer brings somebody back. */
  starved(): void {
    this.waiting = true;
    this.times.asked();
  }

  broke(error: unknown): string {
    const fields = { target: this.target, error: messageOf(error) };
    this.runtime.log.trouble(`pick ${fields.error}`, 'a pick failed', fields);
    return `${this.prefix}the pick failed: ${fields.error}`;
  }

  failure(): string {
    if (this.refusal !== null) return this.refusal;
    const { size } = this.connections;
    if (size === 0) return this.note === '' ? `${this.prefix}no usable endpoint` : this.note;
    const last = this.lastError ?? 'unknown (failed before, waiting for the next attempt)';
    return `${this.prefix}no connection to any of ${size} endpoints; last error: ${last}`;
  }

  /** The zone of this process was found: what runs is decided anew, with the same connections and counts. */
  private readonly relocate = (): void => {
    const { engine, list } = this;
    // Before the first list it is not known what the channel itself says; that list comes with it.
    if (engine === null || list.endpoints.length === 0) return;
    if (!this.takeConfig(engine.config, list.channelOptions)) return;
    this.takeEndpoints(list.endpoints, list.channelOptions, {
      pipeline: this.engine?.pipeline ?? engine.pipeline,
      renewed: true,
    });
    this.publish(true);
  };

  private get prefix(): string {
    return this.target === '' ? `${POLICY_NAME}: ` : `${this.target}: `;
  }

  /** True when calls must be decided by a new pipeline. */
  private takeConfig(config: FairleadConfig, channelOptions: ChannelOptions): boolean {
    const { runtime, engine: before } = this;
    const engine = engineFor(config, { runtime, host: this, channelOptions, before });
    this.rejected = config.error ?? null;
    if (engine === null) this.rejectConfig(config.error ?? 'unknown');
    else this.engine = engine;
    const renewed = engine !== null && engine.pipeline !== before?.pipeline;
    if (renewed) this.reports.want(engine.pipeline.reports ?? null);
    return renewed;
  }

  /** The last good config stays; without one, calls say what is wrong with this one. */
  private rejectConfig(error: string): void {
    this.runtime.log.trouble(`config ${error}`, 'a policy config is not accepted', {
      target: this.target,
      error,
    });
    this.runtime.metrics.configRejected(this.target);
    if (this.engine === null) this.refusal = this.prefix + error;
  }

  private takeEndpoints(
    endpoints: readonly GrpcEndpoint[],
    channelOptions: ChannelOptions,
    { pipeline, renewed }: { readonly pipeline: Pipeline; readonly renewed: boolean },
  ): void {
    const candidates = candidatesOf(endpoints, this.list);
    if (candidates === this.list.candidates && !renewed) return;
    this.list = { endpoints, candidates, channelOptions, target: this.target };
    let plan = pipeline.update(this.list.candidates);
    if (renewed) {
      for (const { key, state } of this.connections.byKey.values()) {
        plan = pipeline.connection(key, state) ?? plan;
      }
    }
    this.follow(plan);
  }

  /** Makes the connections fit the plan. A leaf may report while it is started, which may change the plan again. */
  private follow(plan: Plan): void {
    this.plan = plan;
    if (this.changing) return;
    this.changing = true;
    let done: Plan;
    do {
      done = this.plan;
      this.connections.fit(done, this.list);
      this.warm(done);
    } while (done !== this.plan);
    this.changing = false;
    this.times.renew();
  }

  /** One of the keys that wait for their first pick is connected at once: a client can wait until it is ready. */
  private warm({ lazy }: Plan): void {
    const [first] = lazy;
    if (first !== undefined && this.connections.size === 0) this.connections.openPlanned(first);
  }

  private onReport(key: string, report: LoadReport): void {
    this.engine?.pipeline.report(key, report);
    this.times.renew();
  }

  private onWoken(plan: Plan | null): void {
    if (plan !== null) this.follow(plan);
    this.publish(false);
    for (const move of this.engine?.pipeline.takeMoves() ?? []) this.ask(move);
  }

  /** The application's own code runs: what it throws must not keep others from being asked. */
  private ask({ stream, reason }: StreamMove): void {
    const { target, runtime } = this;
    if (!(stream instanceof MovableStream)) return;
    runtime.metrics.streamMoved(target, reason);
    try {
      stream.ask({ reason, target });
    } catch (error) {
      const fields = { target, error: messageOf(error) };
      runtime.log.trouble(`onImbalance ${fields.error}`, 'a handler of onImbalance() threw', fields);
    }
  }

  /**
   * Tells the channel when its state or its picker changes. Nothing else needs telling: pickers look at the moment
   * of the pick, so what joins or leaves while the channel is READY costs no new picker.
   */
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
    if (this.engine !== null && this.count('ready') > 0) return { state: READY, picker: this.engine.picker };
    // Picks decide which of these are connected, so the channel must ask for them.
    const lazy = this.plan?.lazy.size ?? 0;
    if (this.engine !== null && this.count('failed') < lazy) {
      return { state: CONNECTING, picker: this.engine.picker };
    }
    if (this.count('connecting') + this.count('idle') === 0) {
      return { state: TRANSIENT_FAILURE, picker: this.failurePicker };
    }
    const queued = this.published?.state === CONNECTING ? this.published.picker : null;
    return { state: CONNECTING, picker: queued ?? new this.grpc.experimental.QueuePicker(this) };
  }
}
