import type { ConnectionState, Plan } from '@fairlead/balancing';
import type { KnownCandidate } from '../attributes.js';
import type { ChannelOptions, Grpc, GrpcEndpoint } from '../grpc.js';
import type { Runtime } from '../runtime.js';
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

  constructor(grpc: Grpc, runtime: Runtime, owner: ConnectionOwner) {
    this.grpc = grpc;
    this.runtime = runtime;
    this.owner = owner;
  }

  get size(): number {
    return this.byKey.size;
  }

  count(state: ConnectionState): number {
    return this.counts[state];
  }

  /** Keeps the counts; to be called for every change. */
  moved(connection: Connection, state: ConnectionState): void {
    this.counts[connection.state] -= 1;
    this.counts[state] += 1;
    connection.state = state;
  }

  /** Opens what the plan wants and the list knows, closes what is in neither. */
  fit(plan: Plan, list: EndpointList): void {
    const { candidates, endpoints } = list;
    const generation = ++this.generation;
    // Without duplicates and with all of the list planned, no key need be asked for.
    const all = plan.connect.size === candidates.length;
    let kept = 0;
    for (let i = 0; i < candidates.length; i++) {
      const candidate = candidates[i];
      const endpoint = endpoints[i];
      if (candidate === undefined || endpoint === undefined) continue;
      const wanted = all || plan.connect.has(candidate.key);
      const known = this.byKey.get(candidate.key);
      if (known === undefined ? !wanted : !wanted && !plan.lazy.has(candidate.key)) continue;
      const connection = known ?? this.open(candidate, endpoint, list);
      if (connection.generation === generation) continue;
      connection.generation = generation;
      kept += 1;
      if (connection.candidate !== candidate) this.renew(connection, candidate, list.target);
    }
    if (kept === this.byKey.size) return;
    for (const connection of this.byKey.values()) {
      if (connection.generation !== generation) this.close(connection);
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

  private open(candidate: KnownCandidate, endpoint: GrpcEndpoint, list: EndpointList): Connection {
    const connection = new Connection({
      grpc: this.grpc,
      owner: this.owner,
      endpoint,
      candidate,
      channelOptions: list.channelOptions,
      cell: this.runtime.metrics.pickCell(list.target, candidate.zone),
    });
    this.byKey.set(connection.key, connection);
    this.counts.idle += 1;
    this.runtime.peers.add(endpoint, candidate);
    connection.start();
    return connection;
  }

  /** Another pod, or the same one in another condition, at the same addresses. */
  private renew(connection: Connection, candidate: KnownCandidate, target: string): void {
    if (connection.candidate.zone !== candidate.zone) {
      connection.cell = this.runtime.metrics.pickCell(target, candidate.zone);
    }
    connection.candidate = candidate;
    this.runtime.peers.renew(connection.leaf.getEndpoint(), candidate);
  }

  private close(connection: Connection): void {
    this.byKey.delete(connection.key);
    this.counts[connection.state] -= 1;
    this.runtime.peers.remove(connection.leaf.getEndpoint());
    connection.close();
  }
}
