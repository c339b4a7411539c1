// One client in a process of its own: it calls at given rates and says what a call cost the process.
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '#commands/random.js';
import { CallingClient } from '../calls/calling-client.js';
import { cpuMicroseconds } from '../clock.js';
import { registerFairlead } from '../registration.js';
import type { ClientAnswer, ClientOrder } from './orders.js';

/** Before a rate is measured it is kept up for so long (ms): whatever follows the rate of calls has settled. */
const SETTLE_MS = 1500;
/**
 * For so long calls are made without pause, so that the code is compiled (ms): also that of reports, which come when the
 * rate of calls is known. Code that is compiled while calls are counted would be paid by some hundred of them.
 */
const WARM_MS = 6000;
const WARM_CALLS = 500;
const WARM_CONCURRENCY = 16;

/** Calls at random moments (Poisson), so many a second on average, for so long; returns how many there were. */
async function callAt(client: CallingClient, perSecond: number, forMs: number): Promise<number> {
  const random = seededRandom(perSecond);
  const beganMs = performance.now();
  const open: Promise<void>[] = [];
  let atMs = 0;
  for (;;) {
    atMs -= (Math.log(1 - random()) * 1000) / perSecond;
    if (atMs > forMs) break;
    const waitMs = beganMs + atMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    open.push(client.call());
  }
  await Promise.all(open);
  return open.length;
}

async function measure(client: CallingClient, rates: ClientOrder['rates']): Promise<number[]> {
  const costs: number[] = [];
  for (const { perSecond, forMs } of rates) {
    await callAt(client, perSecond, SETTLE_MS);
    const before = cpuMicroseconds();
    const calls = await callAt(client, perSecond, forMs);
    costs.push((cpuMicroseconds() - before) / calls);
  }
  return costs;
}

function say(answer: ClientAnswer): void {
  process.send?.(answer);
}

async function run(): Promise<void> {
  const order = JSON.parse(process.argv[2] ?? '') as ClientOrder;
  registerFairlead();
  const client = new CallingClient(order);
  await client.reach(order.reach);
  const warmAtMs = performance.now() + WARM_MS;
  while (performance.now() < warmAtMs) await client.batch(WARM_CALLS, WARM_CONCURRENCY);
  globalThis.gc?.();
  process.on('message', () => {
    measure(client, order.rates).then((costs) => say({ kind: 'costs', costs }), fail);
  });
  say({ kind: 'ready' });
}

function fail(error: unknown): void {
  console.error(error);
  process.exit(1);
}

process.on('disconnect', () => process.exit());
run().catch(fail);
