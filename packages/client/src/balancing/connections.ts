import type { ConnectionState, Plan } from '@fairlead/balancing';
import type { ChannelOptions, Grpc, GrpcEndpoint } from '../grpc.js';
import type { KnownCandidate } from '../handover/attributes.js';
import { changedPart } from '../handover/changed-part.js';
import type { Runtime } from '../registration/runtime.js';
import { Connection, type ConnectionOwner } from './connection.js';

/** One list of endpoints as the resolver gave it. */
export interface EndpointList {
  readonly endpoints: readonly GrpcEndpoint[];
  /** The candidate of each endpoint, at the same index. */
  readonly candidates: readonly KnownCandidate[];
  readonly channelOptions: ChannelOptions;
  /** '' below a resolver that is not ours. */
  readonly target: string;
}

/** The list of a balancer that has heard nothing. */
export const NO_LIST: EndpointList = { endpoints: [], candidates: [], channelOptions: {}, target: '' };

const WHOLE = { head: 0, tail: 0 };

/**
 * The connections of one balancer by endpoint key. What changes costs what has changed: nothing is made anew for an
 * endpoint that stays.
 */
export class Connections {
  readonly byKey = new Map<string, Connection>();
  private readonly grpc: Grpc;
  private readonly runtime: Runtime;
  private readonly owner: ConnectionOwner;
  private readonly counts: Record<ConnectionState, number> = { idle: 0, connecting: 0, ready: 0, failed: 0 };
  private generation = 0;
  private list: EndpointList = NO_LIST;
  /** There was a list before the present one. */
  private hadList = false;
  /** All of the list is planned, and therefore connected. */
  private complete = false;

  constructor(grpc: Grpc, runtime: Runtime, owner: ConnectionOwner) {
    this.grpc = grpc;
    this.runtime = runtime;
    this.owner = owner;
  }

  get size(): number {
    return this.byKey.size;
  }

  /** How many are in each state, now. */
  get counted(): Readonly<Record<ConnectionState, number>> {
    return { ...this.counts };
  }

  count(state: ConnectionState): number {
    return this.counts[state];
  }

  /** Keeps the counts; to be called for every change. */
  moved(connection: Connection, state: ConnectionState): void {
    this.counts[connection.state] -= 1;
    this.counts[state] += 1;
    connection.state = state;
    connection.stateSinceMs = this.runtime.clock.now();
  }

  /**
   * Opens what the plan wants and the list knows, closes what is in neither. While all of the list is planned, as it
   * is when every endpoint is ready, only the part of the list that changed is looked at.
   */
  fit(plan: Plan, list: EndpointList): void {
    const generation = ++this.generation;
    const before = this.list;
    const wasComplete = this.complete;
    this.list = list;
    this.hadList ||= before !== list && before !== NO_LIST;
    // Keys of a list that is planned as a whole are different from each other.
    this.complete = plan.connect.size === list.candidates.length;
    const { head, tail } =
      wasComplete && this.complete ? changedPart(before.candidates, list.candidates) : WHOLE;
    for (let i = head; i < list.candidates.length - tail; i++) this.keep(i, plan, generation);
    const possiblyGone =
      wasComplete && this.complete
        ? before.candidates.slice(head, before.candidates.length - tail)
        : [...this.byKey.values()];
    for (const { key } of possiblyGone) {
      const connection = this.byKey.get(key);
      if (connection !== undefined && connection.generation !== generation) this.close(connection);
    }
  }

  /** Connects what is idle. */
  exitIdle(): void {
    for (const connection of this.byKey.values()) {
      if (connection.state === 'idle') connection.leaf.exitIdle();
    }
  }

  closeAll(): void {
    for (const connection of this.byKey.values()) this.close(connection);
  }

  /** Opens the connection to a key of the list that is connected only when it is picked. */
  openPlanned(key: string): Connection | undefined {
    const index = this.list.candidates.findIndex((candidate) => candidate.key === key);
    const candidate = this.list.candidates[index];
    const endpoint = this.list.endpoints[index];
    if (candidate === undefined || endpoint === undefined) return undefined;
    const connection = this.open(candidate, endpoint);
    connection.generation = this.generation;
    return connection;
  }

  private keep(index: number, plan: Plan, generation: number): void {
    const candidate = this.list.candidates[index];
    const endpoint = this.list.endpoints[index];
    if (candidate === undefined || endpoint === undefined) return;
    const { key } = candidate;
    const wanted = this.complete || plan.connect.has(key);
    let connection = this.byKey.get(key);
    if (connection === undefined) {
      if (!wanted) return;
      connection = this.open(candidate, endpoint);
      // It came, or came back. In a first list nothing is news: a client made anew must not undo another's backoff.
      if (this.hadList) connection.retry();
    } else if (!wanted && !plan.lazy.has(key)) return;
    // The first of several endpoints with one key counts.
    if (connection.generation === generation) return;
    connection.generation = generation;
    if (connection.candidate !== candidate) this.renew(connection, candidate);
  }

  private open(candidate: KnownCandidate, endpoint: GrpcEndpoint): Connection {
    const connection = new Connection({
      grpc: this.grpc,
      owner: this.owner,
      endpoint,
      candidate,
      channelOptions: this.list.channelOptions,
      cell: this.runtime.metrics.picks.acquire(this.list.target, candidate),
      nowMs: this.runtime.clock.now(),
    });
    this.byKey.set(connection.key, connection);
    this.counts.idle += 1;
    this.runtime.peers.add(endpoint, candidate);
    connection.start();
    return connection;
  }

  /** Another pod, or the same one in another condition, at the same addresses. */
  private renew(connection: Connection, candidate: KnownCandidate): void {
    if (connection.candidate.zone !== candidate.zone) {
      const { picks } = this.runtime.metrics;
      picks.release(connection.cell);
      connection.cell = picks.acquire(this.list.target, candidate);
    }
    const { uid, ready } = connection.candidate;
    if (candidate.ready && (!ready || candidate.uid !== uid)) connection.retry();
    connection.candidate = candidate;
    this.runtime.peers.renew(connection.leaf.getEndpoint(), candidate);
  }

  private close(connection: Connection): void {
    this.byKey.delete(connection.key);
    this.counts[connection.state] -= 1;
    this.runtime.peers.remove(connection.leaf.getEndpoint());
    this.runtime.metrics.picks.release(connection.cell);
    connection.close();
  }
}
