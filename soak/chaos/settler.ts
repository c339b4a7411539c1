import { setTimeout as pause } from 'node:timers/promises';
import { monotonicMs } from '#commands/wait.js';
import type { Look } from '../client/messages.js';
import { disagreements, misdirected, type Truth } from '../oracle/settle.js';
import { xdsDisagreements, xdsMisdirected } from '../oracle/settle-xds.js';
import type { Stage } from './stage.js';

/**
 * A client whose watches keep breaking within 10 s backs off for up to 45 s. Three such waits may follow each other
 * (a broken connection, a cut answer, an expired version); then it must have learnt all.
 */
const SETTLE_MS = 150_000;
const LOOK_MS = 100;
/** Calls are looked at over so long: at 50 calls a second each pod gets some. */
const CALLS_MS = 700;

/** How a settle went. */
export interface Settled {
  readonly tookMs: number;
  /** What still did not agree at the deadline; none: it settled. */
  readonly objections: readonly string[];
  /** What agreed last. */
  readonly last: string | undefined;
}

export interface SettleOptions {
  /** Told of everything that was seen on the way. */
  seen(look: Look): void;
  /** Whether waiting has no point any more. */
  giveUp(): boolean;
}

const sameTruth = (a: Truth, b: Truth): boolean =>
  JSON.stringify(a.endpoints) === JSON.stringify(b.endpoints);

async function truthOf({ endpoints, lostNodes }: Stage): Promise<Truth> {
  return { endpoints: await endpoints(), lostNodes };
}

/** Looks once; what it finds counts only while the truth stands still. */
async function look({ stage, seen }: { stage: Stage; seen(look: Look): void }): Promise<readonly string[]> {
  const { client, xds } = stage;
  const truth = await truthOf(stage);
  const now = await client.look();
  seen(now);
  const found = [
    ...disagreements(truth, now),
    ...(await xds.look()).flatMap((each) => xdsDisagreements(truth, each)),
  ];
  if (found.length > 0) return found;
  await Promise.all([client.look(true), xds.look(true)]);
  await pause(CALLS_MS);
  const [later, xdsLater] = await Promise.all([client.look(), xds.look()]);
  seen(later);
  const calls = [
    ...disagreements(truth, later),
    ...misdirected(truth, later),
    ...xdsLater.flatMap((each) => [...xdsDisagreements(truth, each), ...xdsMisdirected(truth, each)]),
  ];
  if (!sameTruth(truth, await truthOf(stage))) return ['the API still changes'];
  return calls;
}

/**
 * Waits until the client does what the API says: publishes exactly its endpoints, is connected to exactly those that
 * live and are usable, and sends calls to exactly those, over a window in which the API does not change; and every xDS
 * client as well, by what it was told.
 */
export async function settle(stage: Stage, { seen, giveUp }: SettleOptions): Promise<Settled> {
  const startMs = monotonicMs();
  for (let last: string | undefined; ; ) {
    const objections = await look({ stage, seen }).catch((error: Error) => [error.message]);
    const tookMs = monotonicMs() - startMs;
    if (objections.length === 0 || tookMs > SETTLE_MS || giveUp()) return { tookMs, objections, last };
    [last] = objections;
    await pause(LOOK_MS);
  }
}
