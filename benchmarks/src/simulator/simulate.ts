import { type Random, seededRandom } from '#commands/random.js';
import { startArrivals } from './arrivals.js';
import { Call, type CallHost } from './call.js';
import type { Chooser } from './client.js';
import { Events, FixedDelay, type Timeline } from './events.js';
import { type Outcome, Record } from './record.js';
import { Server, type ServerPlan } from './server.js';

/** What scripts and clients see of a run. */
export interface World {
  readonly events: Timeline;
  /** For the servers' fate only: it is the same whatever the clients do. */
  readonly random: Random;
  readonly servers: readonly Server[];
  /** A server that the clients hear of at the next `announce`. */
  addServer(plan: ServerPlan): Server;
  /** Clients hear at the next `announce` that it goes; it finishes what it has. */
  removeServer(server: Server): void;
  /** Tells the clients who there is now. */
  announce(): void;
}

/** What a run is made of; times in ms. */
export interface Scenario {
  readonly name: string;
  readonly servers: readonly ServerPlan[];
  readonly clients: number;
  /** In which zone a client runs; absent: not known. */
  readonly zoneOf?: (client: number) => string;
  /** Calls per ms of all clients together; they come at random (Poisson). */
  readonly rate: number;
  /** How long a call takes at speed 1. */
  work(random: Random): number;
  /** One way over the network. */
  readonly networkMs: number;
  /** Calls that take longer have failed. */
  readonly timeoutMs: number;
  /** Calls that begin earlier do not count. */
  readonly warmMs: number;
  /** No call begins later. */
  readonly endMs: number;
  /** What happens while it runs. */
  readonly script?: (world: World) => void;
}

/** What a chooser is made with. */
export interface ChooserHost {
  readonly scenario: Scenario;
  readonly events: Events;
  /** For the choices of the clients. */
  readonly random: Random;
  readonly client: number;
}

export type ChooserFactory = (host: ChooserHost) => Chooser;

/**
 * Runs a scenario with one chooser per client. The same seed gives the same run, and the same calls and servers to
 * every chooser: each has random numbers of its own.
 */
export function simulate(scenario: Scenario, choosers: ChooserFactory, seed: number): Outcome {
  return new Run(scenario, choosers, seed).outcome();
}

class Run implements World, CallHost {
  readonly events = new Events();
  readonly random: Random;
  readonly servers: Server[] = [];
  readonly network: FixedDelay;
  readonly timeouts: FixedDelay;
  readonly timeoutMs: number;
  readonly record: Record;
  private readonly scenario: Scenario;
  private readonly clients: readonly Chooser[];
  private readonly arrivals: Random;
  private readonly spare: Call[] = [];
  private made = 0;

  constructor(scenario: Scenario, choosers: ChooserFactory, seed: number) {
    const { events } = this;
    this.scenario = scenario;
    this.random = seededRandom(seed);
    this.arrivals = seededRandom(seed + 1_000_003);
    this.network = new FixedDelay(events, scenario.networkMs);
    this.timeouts = new FixedDelay(events, scenario.timeoutMs);
    this.timeoutMs = scenario.timeoutMs;
    this.record = new Record(scenario, events);
    for (const plan of scenario.servers) this.addServer(plan);
    const random = seededRandom(seed + 2_000_003);
    this.clients = Array.from({ length: scenario.clients }, (_, client) =>
      choosers({ scenario, events, random, client }),
    );
  }

  outcome(): Outcome {
    const { events, scenario } = this;
    this.announce();
    scenario.script?.(this);
    startArrivals(scenario, {
      timeline: events,
      random: this.arrivals,
      call: ({ client, workMs }) => this.call(client, workMs),
    });
    // Until the last call has ended: those that are cut off would be the long ones.
    events.run(scenario.endMs + scenario.timeoutMs);
    return this.record.outcome();
  }

  announce(): void {
    for (const client of this.clients) client.update(this.servers.slice());
  }

  addServer(plan: ServerPlan): Server {
    const server = new Server(
      { key: `10.0.${this.made >> 8}.${this.made++ & 255}:80`, ...plan },
      this.events,
    );
    this.servers.push(server);
    if (this.events.now > 0) this.record.joined(server, this.servers);
    return server;
  }

  removeServer(server: Server): void {
    const at = this.servers.indexOf(server);
    if (at >= 0) this.servers.splice(at, 1);
  }

  free(call: Call): void {
    this.spare.push(call);
  }

  private call(client: number, workMs: number): void {
    const { events, record, scenario } = this;
    const chooser = this.clients[client];
    const server = chooser?.begin() ?? null;
    record.began(server, scenario.zoneOf?.(client));
    if (chooser === undefined || server === null) record.ended(events.now, null);
    else (this.spare.pop() ?? new Call(this)).begin(chooser, server, workMs);
  }
}
