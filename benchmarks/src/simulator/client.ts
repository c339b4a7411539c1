import {
  type Candidate,
  createPipeline,
  type PickContext,
  type Pipeline,
  type PipelineConfig,
  type Slot,
} from '@fairlead/balancing';
import { askEvery, reportIntervalMs } from '#client/load-reports/interval.js';
import type { Random } from '#commands/random.js';
import type { Events } from './events.js';
import type { Server } from './server.js';

/** Who chooses the server of a call. */
export interface Chooser {
  /** The servers that there are now. */
  update(servers: readonly Server[]): void;
  /** The server of a call that begins now; null: none. */
  begin(): Server | null;
  ended(server: Server, latencyMs: number, ok: boolean): void;
}

/** How servers report their load to clients that ask for it. */
export interface Offered {
  readonly trailers: boolean;
  /**
   * On a stream, at the period (ms) that the policy asks for or else this one; `own`: the one that a client chooses by its
   * rate; null: they have no such streams.
   */
  readonly streamMs: number | 'own' | null;
}

export interface ClientOptions {
  readonly config: PipelineConfig;
  readonly events: Events;
  readonly random: Random;
  /** Calls per second of this client. */
  readonly callsPerSecond: number;
  /** What servers can do for a client that wants load reports. */
  readonly offered: Offered;
  /** One way over the network (ms). */
  readonly networkMs: number;
  /** Where the client runs; absent: not known. */
  readonly zone?: string;
}

const CONTEXT: PickContext = { header: () => undefined };
const OK = 0;
const DEADLINE_EXCEEDED = 4;
/** How long a connection takes to be made (ms). */
const CONNECT_MS = 1;

/** A server with a zone is hinted at that zone, as `trafficDistribution` does it. */
function candidateOf({ key, zone }: Server): Candidate {
  const zones = zone === undefined ? {} : { zone, forZones: [zone] };
  return { key, ready: true, serving: true, terminating: false, ...zones };
}

/** A client that runs the pipeline that ships, as the balancer of `@fairlead/client` does, in virtual time. */
export class PipelineClient implements Chooser {
  private readonly options: ClientOptions;
  private readonly pipeline: Pipeline;
  private readonly servers = new Map<string, Server>();
  private readonly connected = new Set<string>();
  private readonly candidates = new Map<string, Candidate>();
  /** The slot of a server is the same for all of its picks. */
  private readonly slots = new Map<Server, Slot>();
  private wakeAtMs: number | null = null;
  /** Some calls ask for reports. */
  private asking = false;
  private calls = 0;

  constructor(options: ClientOptions) {
    const { config, events, random, zone } = options;
    this.options = options;
    const where = zone === undefined ? {} : { zone };
    this.pipeline = createPipeline(config, { now: () => events.now, random, ...where });
  }

  update(servers: readonly Server[]): void {
    this.servers.clear();
    const list = servers.map((server) => {
      this.servers.set(server.key, server);
      const candidate = this.candidates.get(server.key) ?? candidateOf(server);
      this.candidates.set(server.key, candidate);
      return candidate;
    });
    const { connect } = this.pipeline.update(list);
    for (const key of this.connected) if (!connect.has(key)) this.connected.delete(key);
    const added = [...connect].filter((key) => !this.connected.has(key));
    for (const key of added) this.connected.add(key);
    for (const key of added) this.connect(key);
    this.schedule();
  }

  begin(): Server | null {
    const slot = this.pipeline.pick(CONTEXT);
    if (slot === null) return null;
    this.pipeline.started(slot);
    this.pipeline.endOfTurn();
    this.schedule();
    const server = this.servers.get(slot.key) ?? null;
    if (server !== null) this.slots.set(server, slot);
    return server;
  }

  ended(server: Server, latencyMs: number, ok: boolean): void {
    const slot = this.slots.get(server);
    if (slot !== undefined) {
      this.pipeline.ended(slot, { code: ok ? OK : DEADLINE_EXCEEDED, latencyMs, streaming: false });
    }
    if (ok && this.options.offered.trailers && this.asked()) this.report(server);
    this.schedule();
  }

  /** Whether the call that ended asked for a report. */
  private asked(): boolean {
    const { reports } = this.pipeline;
    if (reports?.trailers !== true || reports.outOfBandMs !== 0) return reports?.trailers === true;
    const { callsPerSecond } = this.options;
    const { maxAgeMs = Number.POSITIVE_INFINITY } = reports;
    const every = askEvery({ endpoints: this.connected.size, callsPerSecond, maxAgeMs, asking: this.asking });
    this.asking = every > 0;
    this.calls += 1;
    return every > 0 && this.calls % every === 0;
  }

  private connect(key: string): void {
    const { events, random } = this.options;
    events.after(CONNECT_MS, () => {
      if (!this.connected.has(key)) return;
      this.pipeline.connection(key, 'ready');
      this.schedule();
    });
    const reportMs = this.reportMs();
    if (reportMs !== null) events.after(CONNECT_MS + random() * reportMs, () => this.stream(key, reportMs));
  }

  /** Between the reports of a server; null: none come. */
  private reportMs(): number | null {
    const { offered, callsPerSecond } = this.options;
    const wantedMs = this.pipeline.reports?.outOfBandMs ?? null;
    if (wantedMs === null || offered.streamMs === null) return null;
    if (wantedMs > 0) return wantedMs;
    if (offered.streamMs !== 'own') return offered.streamMs;
    return reportIntervalMs(this.connected.size, callsPerSecond);
  }

  /** A report now, and again and again for as long as the connection stays. */
  private stream(key: string, reportMs: number): void {
    const server = this.servers.get(key);
    if (server === undefined || !this.connected.has(key)) return;
    this.report(server);
    this.options.events.after(reportMs, () => this.stream(key, reportMs));
  }

  /** What the server says now is here after its way over the network. */
  private report(server: Server): void {
    const { events, networkMs } = this.options;
    const report = server.report(events.now);
    events.after(networkMs, () => {
      this.pipeline.report(server.key, report);
      this.schedule();
    });
  }

  private schedule(): void {
    const wakeAtMs = this.pipeline.nextWakeMs;
    if (wakeAtMs === null || (this.wakeAtMs !== null && this.wakeAtMs <= wakeAtMs)) return;
    this.wakeAtMs = wakeAtMs;
    this.options.events.at(wakeAtMs, () => {
      if (this.wakeAtMs !== wakeAtMs) return;
      this.wakeAtMs = null;
      this.pipeline.wake();
      this.schedule();
    });
  }
}
