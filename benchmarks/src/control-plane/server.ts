// A control plane in a process of its own, whose cluster does what it is told.
import { setTimeout as sleep } from 'node:timers/promises';
import { createControlPlane } from '@fairlead/control-plane';
import { monotonicMs } from '#commands/wait.js';
import { cpuMicroseconds } from '../clock.js';
import { readMemory } from '../process-memory.js';
import { ChangingSource } from './changing-source.js';
import { answerQuestions, orderOf } from './child.js';
import { LoopWatch } from './loop-watch.js';
import { Meters } from './meters.js';
import type { Made, ServerOrder, ServerQuestions } from './orders.js';

/** Longer than a control plane waits between two responses of one type on one stream (ms). */
const APART_MS = 15;

const order = orderOf<ServerOrder>();
const source = new ChangingSource(order.endpoints);
const meters = new Meters();
const controlPlane = createControlPlane({
  source,
  port: order.port,
  mergeMs: order.mergeMs,
  meterProvider: meters,
});
const listening = controlPlane.start();
const loop = order.watchesLoop === true ? listening.then(() => new LoopWatch()) : undefined;

function change(service: string): Made {
  const atMs = monotonicMs();
  return { service, number: source.change(service), atMs };
}

async function cost({ service, changes, clients }: ServerQuestions['cost']['asked']): Promise<number> {
  let usedUs = 0;
  for (let n = 0; n < changes; n++) {
    await sleep(APART_MS);
    const accepted = meters.accepted(clients);
    const before = cpuMicroseconds();
    change(service);
    await accepted;
    usedUs += cpuMicroseconds() - before;
  }
  return usedUs / changes;
}

/** What is late is made up for: a timer has no place for two changes in a millisecond. */
async function storm({ services, events, overMs }: ServerQuestions['storm']['asked']): Promise<Made[]> {
  const made: Made[] = [];
  const beganMs = monotonicMs();
  while (made.length < events) {
    const due = Math.min(events, 1 + Math.floor(((monotonicMs() - beganMs) * events) / overMs));
    while (made.length < due) made.push(change(services[made.length % services.length] ?? ''));
    await sleep(1);
  }
  return made;
}

let countedUs = cpuMicroseconds();

function takeCpuMs(): number {
  const before = countedUs;
  countedUs = cpuMicroseconds();
  return (countedUs - before) / 1000;
}

answerQuestions<ServerQuestions>({
  port: async () => (await listening).port,
  change: (services) => services.map(change),
  cost,
  storm,
  facts: async () => ({
    ...((await loop)?.take() ?? { stallMs: 0, stallCpuMs: 0 }),
    cpuMs: takeCpuMs(),
    agesMs: meters.takeAges().sort((a, b) => a - b),
    responses: meters.count('fairlead.xds.responses'),
    bytes: meters.count('fairlead.xds.sent'),
  }),
  memory: readMemory,
});
