import { setTimeout as pause } from 'node:timers/promises';
import { seededRandom } from '#commands/random.js';
import { monotonicMs } from '#commands/wait.js';
import type { Look } from '../client/messages.js';
import { EventLog } from '../event-log.js';
import { ClusterHistory } from '../oracle/history.js';
import { Judge } from '../oracle/judge.js';
import type { SeenXds } from '../oracle/settle-xds.js';
import type { PartContext } from '../part.js';
import { ACTIONS } from './actions.js';
import { type Held, type Returned, returned } from './holdings.js';
import { KEEPALIVE, openStage, type Undo } from './open-stage.js';
import { type ActionName, claimsOf, delaysNews, planBursts, type Step } from './plan.js';
import { settle } from './settler.js';
import type { Stage } from './stage.js';
import { Watchman } from './watchman.js';

const SLACK_MS = 300;
const KNOWN_MS = 2_000;
/** A settle that took longer says what it waited for. */
const SLOW_MS = 5_000;

/** What a run of chaos came to. */
export interface ChaosRun {
  readonly log: EventLog;
  readonly judge: Judge;
  readonly watchman: Watchman;
  readonly actions: ReadonlyMap<ActionName, number>;
  readonly settlesMs: readonly number[];
  readonly look: Look;
  readonly xds: readonly SeenXds[];
  /** Clients that came to a control plane and left. */
  readonly guests: number;
  readonly client: Returned;
  readonly controlPlane: Returned;
}

/** One run: a cluster, a proxy, control planes, clients under load, and trouble until the time is over. */
class Run {
  readonly history = new ClusterHistory();
  readonly log: EventLog;
  readonly judge: Judge;
  readonly actions = new Map<ActionName, number>();
  readonly settlesMs: number[] = [];
  readonly #context: PartContext;
  /** What is claimed by trouble that is not over yet. */
  readonly #restoring = new Map<string, Promise<unknown>>();
  #watchman: Watchman | null = null;
  #last: Look | null = null;
  #excused = 0;

  constructor(context: PartContext) {
    this.#context = context;
    this.log = new EventLog(context.log);
    this.judge = new Judge({
      rules: { keepaliveMs: KEEPALIVE.timeMs + KEEPALIVE.timeoutMs, slackMs: SLACK_MS, knownMs: KNOWN_MS },
      onObjection: (text) => this.log.object(text),
    });
  }

  async perform(undo: Undo): Promise<ChaosRun> {
    const { history, judge, log } = this;
    const stage = await openStage({ history, judge, log, signal: this.#context.signal }, undo);
    const { client, xds, planes } = stage;
    const { elder } = planes;
    const base = { client: await client.hold(), controlPlane: await elder.hold() };
    await client.open();
    await xds.open();
    const { endpoints } = stage;
    const watchman = new Watchman({ history, client, controlPlane: elder, endpoints });
    this.#watchman = watchman;
    undo.push(() => watchman.stop());
    await this.#settle(stage, 'the clients have started');
    await this.#trouble(stage);
    watchman.stop();
    const lastXds = await xds.look();
    await Promise.all([client.close(), xds.close()]);
    const held: readonly Held[] = [
      { who: 'the client', process: client, before: base.client, timers: true },
      // It remembers a Service for five minutes after the last client has left.
      { who: 'the control plane', process: elder, before: base.controlPlane, timers: false },
    ];
    const [clientLeft, controlPlaneLeft] = await Promise.all(held.map((each) => returned(each, log)));
    await this.#noStreams(stage);
    judge.close();
    return {
      ...{ log, judge, watchman, actions: this.actions, settlesMs: this.settlesMs, look: this.#last! },
      ...{ xds: lastXds, guests: xds.guests, client: clientLeft!, controlPlane: controlPlaneLeft! },
    };
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

  /** What failed with a reason since it was asked last. */
  #losses(): string {
    const excused = [...this.judge.excused.values()].reduce((sum, each) => sum + each, 0);
    const more = excused - this.#excused;
    this.#excused = excused;
    return more === 0 ? '' : `, ${more} failed or ended with a reason`;
  }

  #weight(): string {
    const { heap, controlPlaneHeap } = this.#watchman ?? { heap: [], controlPlaneHeap: [] };
    return [heap, controlPlaneHeap]
      .flatMap((samples) => samples.at(-1) ?? [])
      .map(({ value }, at) => `, ${['heap', 'control plane'][at]} ${(value / 1e6).toFixed(2)} MB`)
      .join('');
  }

  /** A client that is gone, or never agrees again, makes nothing but noise. */
  get #hopeless(): boolean {
    return this.log.objections.length >= 20;
  }

  async #act(stage: Stage, { action, dice, pauseMs }: Step): Promise<void> {
    const claims = claimsOf(action);
    // The same trouble twice at once would end at the first's end.
    for (const claim of claims) await this.#restoring.get(claim);
    if (delaysNews(action)) this.history.newsLate(monotonicMs());
    const { what, restore } = await ACTIONS[action](stage, dice);
    this.log.say(`${action}: ${what}`);
    this.actions.set(action, (this.actions.get(action) ?? 0) + 1);
    if (restore !== undefined) {
      const over = restore();
      for (const claim of claims) this.#restoring.set(claim, over);
    }
    await pause(pauseMs);
  }

  async #settle(stage: Stage, after: string): Promise<void> {
    const { tookMs, objections, last } = await settle(stage, {
      seen: (look) => {
        this.#last = look;
      },
      giveUp: () => this.#hopeless || stage.signal.aborted,
    });
    this.settlesMs.push(tookMs);
    if (objections.length === 0) {
      this.history.settled(monotonicMs());
      const slow = tookMs > SLOW_MS && last !== undefined ? `, at last: ${last}` : '';
      this.log.say(`settled after ${tookMs.toFixed(0)} ms${this.#weight()}${this.#losses()}${slow}`);
    }
    for (const text of objections) this.log.object(`${text} (not settled after ${after})`);
  }

  /** Nobody is connected any more: no replica may think otherwise. */
  async #noStreams({ planes }: Stage): Promise<void> {
    for (const { name, replica } of planes.all) {
      const streams = (await replica?.streams()) ?? 0;
      if (streams > 0) this.log.object(`${name} still has ${streams} streams after all clients have left`);
    }
  }
}

/** Runs chaos to its end; nothing is left whatever happens. */
export async function runChaos(context: PartContext): Promise<ChaosRun> {
  const undo: Undo = [];
  try {
    return await new Run(context).perform(undo);
  } finally {
    await undoAll(undo);
  }
}

/** Takes every step, the last first, also after one that failed; the first failure is thrown at the end. */
async function undoAll(undo: Undo): Promise<void> {
  const failures: unknown[] = [];
  for (const step of undo.reverse()) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
