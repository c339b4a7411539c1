import { setTimeout as pause } from 'node:timers/promises';
import type { PartContext } from '../part.js';
import type { Cluster } from '../peers/cluster.js';
import { type Happening, happeningOf } from '../peers/happening.js';
import { epochMs, type Observer } from '../peers/observer.js';
import { closeTeam, type Launch, startTeam, type Team, takeAll, type XdsCall } from './caller.js';
import type { Client, Task } from './clients.js';
import type { Verdict } from './judge.js';

/** One scenario: a row of the page. */
export interface Scenario {
  readonly id: string;
  readonly title: string;
  /** What is done and what must hold, in a sentence or two. */
  readonly about: string;
}

/** What was found of one client in one scenario. */
export interface Found {
  readonly scenario: Scenario;
  readonly client: string;
  readonly verdict: Verdict;
}

/** What all scenarios have. */
export interface Stage {
  readonly context: PartContext;
  readonly clients: readonly Client[];
  readonly cluster: Cluster;
  readonly observer: Observer;
  /** The Go program whose servers are called. */
  readonly servers: string;
  readonly folder: string;
  /** Called with a team of which the page says what it is made of. */
  introduce(team: Team): void;
  /** Called with each verdict as soon as it is known. */
  found(scenario: Scenario, client: string, verdict: Verdict): void;
}

/** A call may hang until its deadline of 5 s; then it has ended and was told. */
const LAST_CALLS_MS = 5_500;

/** Pods are called so often that a share is a share, and a client is no load. */
export const RATE = 40;

/** Starts one process of each client. */
export async function openTeam(
  clients: readonly Client[],
  task: Omit<Task, 'rate'> & { readonly rate?: number },
  service: (client: Client) => readonly string[] = () => task.services,
): Promise<Team> {
  const launches = new Map<string, Launch>();
  for (const client of clients) {
    const launch = await client.launch({ rate: RATE, ...task, services: service(client) });
    launches.set(client.name, { ...launch, informative: client.informative });
  }
  return await startTeam(launches);
}

/** Has a team for as long as `use` takes. */
export async function withTeam<T>(opened: Promise<Team>, use: (team: Team) => Promise<T>): Promise<T> {
  const team = await opened;
  let done = false;
  try {
    const result = await use(team);
    done = true;
    return result;
  } finally {
    // What went wrong first says more than what a client says of its end.
    if (done) await closeTeam(team);
    else await closeTeam(team).catch(() => {});
  }
}

/** Calls that started within a span, from a moment on, after those that may hang have ended. */
export async function callsDuring(
  team: Team,
  fromMs: number,
  { signal }: PartContext,
): Promise<{ readonly calls: Map<string, XdsCall[]>; readonly toMs: number }> {
  const toMs = epochMs();
  await pause(LAST_CALLS_MS, undefined, { signal });
  const calls = takeAll(team);
  for (const [name, all] of calls)
    calls.set(
      name,
      all.filter(({ startMs }) => startMs >= fromMs && startMs <= toMs),
    );
  return { calls, toMs };
}

/** Lets something happen to the cluster under the eyes of the observer, and watches on for `afterMs`. */
export async function happen(
  { observer, context }: Stage,
  team: Team,
  cause: () => Promise<void>,
  afterMs = 5_000,
): Promise<{ readonly calls: Map<string, XdsCall[]>; readonly happening: Happening }> {
  takeAll(team);
  const from = observer.changes().length - 1;
  const startMs = epochMs();
  await cause();
  const settledMs = epochMs();
  await pause(afterMs, undefined, { signal: context.signal });
  const { calls, toMs } = await callsDuring(team, startMs, context);
  return {
    calls,
    happening: happeningOf(observer.changes().slice(from), { startMs, settledMs, endMs: toMs }),
  };
}
