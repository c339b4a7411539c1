import { setTimeout as pause } from 'node:timers/promises';
import { seededRandom } from '#commands/random.js';
import { monotonicMs, waitFor } from '#commands/wait.js';
import { ClientProcess } from '../client/client-process.js';
import type { Holdings, Look } from '../client/messages.js';
import { TARGET } from '../cluster/manifest.js';
import { usable } from '../cluster/slices.js';
import { SoakCluster } from '../cluster/soak-cluster.js';
import { EventLog } from '../event-log.js';
import { History } from '../oracle/history.js';
import { Judge } from '../oracle/judge.js';
import type { PartContext } from '../part.js';
import { FaultyProxy } from '../proxy/faulty-proxy.js';
import { ACTIONS } from './actions.js';
import { type ActionName, planBursts, type Step } from './plan.js';
import { settle } from './settler.js';
import { ClientAccess, type Stage } from './stage.js';
import { Watchman } from './watchman.js';

const NODES = 6;
const REPLICAS = 4;
const START_MS = 60_000;
/**
 * grpc-js sweeps pooled connections every 10 s and lets the back-off of a lost pod end (two minutes and a fifth more
 * at most), kept connections of HTTP end after 60 s.
 */
const CLOSED_MS = 150_000;
const CALLS_PER_SECOND = 50;
const STREAMS = 10;
const DEADLINE_MS = 5_000;
const KEEPALIVE = { timeMs: 20_000, timeoutMs: 5_000 };
const SLACK_MS = 300;
const KNOWN_MS = 2_000;

/** What a run of chaos came to. */
export interface ChaosRun {
  readonly log: EventLog;
  readonly judge: Judge;
  readonly watchman: Watchman;
  readonly actions: ReadonlyMap<ActionName, number>;
  readonly settlesMs: readonly number[];
  readonly look: Look;
  readonly before: Holdings;
  readonly after: Holdings;
}

/** Undoes what was started, last first. */
type Undo = (() => unknown)[];

/** One run: a cluster, a proxy, a client under load, and trouble until the time is over. */
class Run {
  readonly history = new History();
  readonly log: EventLog;
  readonly judge: Judge;
  readonly actions = new Map<ActionName, number>();
  readonly settlesMs: number[] = [];
  readonly #context: PartContext;
  readonly #restoring = new Map<ActionName, Promise<unknown>>();
  #watchman: Watchman | null = null;
  #last: Look | null = null;

  constructor(context: PartContext) {
    this.#context = context;
    this.log = new EventLog(context.log);
    this.judge = new Judge({
      history: this.history,
      rules: { keepaliveMs: KEEPALIVE.timeMs + KEEPALIVE.timeoutMs, slackMs: SLACK_MS, knownMs: KNOWN_MS },
      onObjection: (text) => this.log.object(text),
    });
  }

  async perform(undo: Undo): Promise<ChaosRun> {
    const stage = await this.#open(undo);
    const { client } = stage;
    const before = await client.hold();
    await client.open();
    const watchman = new Watchman({ history: this.history, client, endpoints: stage.endpoints });
    this.#watchman = watchman;
    undo.push(() => watchman.stop());
    await this.#settle(stage, 'the client has started');
    await this.#trouble(stage);
    watchman.stop();
    await client.close();
    const after = await this.#closed(client, before);
    this.judge.close();
    const { log, judge, actions, settlesMs } = this;
    return { log, judge, watchman, actions, settlesMs, look: this.#last!, before, after };
  }

  async #open(undo: Undo): Promise<Stage> {
    const cluster = await SoakCluster.start({ nodes: NODES, replicas: REPLICAS });
    undo.push(() => cluster.close());
    const endpoints = () => cluster.endpoints();
    const ready = async (): Promise<boolean> => usable(await endpoints()).length === REPLICAS;
    const { signal } = this.#context;
    await waitFor('the pods are ready', ready, { timeoutMs: START_MS, signal });
    const proxy = await FaultyProxy.start({ kubeconfig: cluster.kubeconfig });
    undo.push(() => proxy.close());
    const access = await ClientAccess.create(cluster, proxy);
    undo.push(() => access.remove());
    const client = this.#client(access.kubeconfig);
    undo.push(() => client.end());
    return {
      ...{ cluster, proxy, client, access, endpoints, signal },
      history: this.history,
      lostNodes: new Set(),
    };
  }

  #client(kubeconfig: string): ClientProcess {
    return new ClientProcess(
      {
        ...{ kubeconfig, target: TARGET, callsPerSecond: CALLS_PER_SECOND, streams: STREAMS },
        ...{ deadlineMs: DEADLINE_MS, keepalive: KEEPALIVE },
      },
      {
        onFailed: (call) => this.judge.call(call),
        onStream: (stream) => this.judge.stream(stream),
        onView: (view) => this.history.published(view),
        onExit: (why) => this.log.object(why),
      },
    );
  }

  async #trouble(stage: Stage): Promise<void> {
    const { minutes, seed, signal } = this.#context;
    const endMs = monotonicMs() + minutes * 60_000;
    const bursts = planBursts(seededRandom(seed));
    while (monotonicMs() < endMs && !signal.aborted && !this.#hopeless) {
      const { steps, calmMs } = bursts.next().value;
      for (const step of steps) await this.#act(stage, step);
      await Promise.all(this.#restoring.values());
      await this.#settle(stage, steps.map(({ action }) => action).join(', '));
      await pause(Math.min(calmMs, Math.max(0, endMs - monotonicMs())), undefined, { signal });
    }
  }

  #weight(): string {
    const heap = this.#watchman?.heap.at(-1);
    return heap === undefined ? '' : `, heap ${(heap.value / 1e6).toFixed(2)} MB`;
  }

  /** A client that is gone, or never agrees again, makes nothing but noise. */
  get #hopeless(): boolean {
    return this.log.objections.length >= 20;
  }

  async #act(stage: Stage, { action, dice, pauseMs }: Step): Promise<void> {
    // The same trouble twice at once would end at the first's end.
    await this.#restoring.get(action);
    const { what, restore } = await ACTIONS[action](stage, dice);
    this.log.say(`${action}: ${what}`);
    this.actions.set(action, (this.actions.get(action) ?? 0) + 1);
    if (restore !== undefined) this.#restoring.set(action, restore());
    await pause(pauseMs);
  }

  async #settle(stage: Stage, after: string): Promise<void> {
    const { tookMs, objections } = await settle(stage, {
      seen: (look) => {
        this.#last = look;
      },
      giveUp: () => this.#hopeless || stage.signal.aborted,
    });
    this.settlesMs.push(tookMs);
    if (objections.length === 0) this.log.say(`settled after ${tookMs.toFixed(0)} ms${this.#weight()}`);
    for (const text of objections) this.log.object(`${text} (not settled after ${after})`);
  }

  /** Waits until the client holds no more than before it began. */
  async #closed(client: ClientProcess, before: Holdings): Promise<Holdings> {
    let after = await client.hold();
    const startMs = monotonicMs();
    const same = async (): Promise<boolean> => {
      after = await client.hold();
      return leftovers(before, after).length === 0;
    };
    const left = leftovers(before, after);
    this.log.say(`closed; left for now: ${[...left, ...after.timerPlaces].join(', ') || 'nothing'}`);
    await waitFor('the client holds nothing', same, { timeoutMs: CLOSED_MS }).then(
      () => this.log.say(`nothing is left ${((monotonicMs() - startMs) / 1000).toFixed(1)} s after close`),
      () => {
        for (const text of leftovers(before, after)) this.log.object(`after close: ${text}`);
        this.log.say(`timers: ${after.timerPlaces.join(', ')}`);
      },
    );
    return after;
  }
}

/** What a process holds more than before. */
export function leftovers(before: Holdings, after: Holdings): string[] {
  const counts = ({ sockets, timers, handles }: Holdings) => ({ sockets, timers, ...handles });
  const was: Readonly<Record<string, number>> = counts(before);
  return Object.entries(counts(after))
    .filter(([kind, count]) => count > (was[kind] ?? 0))
    .map(([kind, count]) => `${kind} ${was[kind] ?? 0} -> ${count}`);
}

/** Runs chaos to its end; nothing is left whatever happens. */
export async function runChaos(context: PartContext): Promise<ChaosRun> {
  const undo: Undo = [];
  try {
    return await new Run(context).perform(undo);
  } finally {
    for (const step of undo.reverse()) await step();
  }
}
