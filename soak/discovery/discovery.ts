import { setTimeout as pause } from 'node:timers/promises';
import { startTestCluster } from '@fairlead/sandbox/testing';
import { seededRandom } from '#commands/random.js';
import { monotonicMs, waitFor } from '#commands/wait.js';
import { EventLog } from '../event-log.js';
import type { Part, PartContext, PartReport, Row } from '../part.js';
import type { Figures } from './messages.js';
import { ReaderProcess } from './reader-process.js';
import { MANIFEST, SlicesUnderLoad } from './slices-under-load.js';

const ENDPOINTS = 5_000;
const CHANGES_PER_SECOND = 50;
/** How long changes are made to see what they cost, and as long again to see how long they stall. */
const LOAD_MS = 15_000;
const SYNC_MS = 30_000;
const TICK_MS = 10;
const MOST_STALL_MS = 20;

interface Readers {
  readonly fairlead: ReaderProcess;
  readonly floor: ReaderProcess;
}

/** What one reader did in each phase. */
interface Phases {
  /** Until the first set. */
  readonly start: Figures;
  readonly before: Figures;
  readonly costs: Figures;
  readonly stalls: Figures;
  readonly after: Figures;
}

/** Changes at a steady rate; those that come late because the machine is busy are made up for. */
async function changeSteadily(slices: SlicesUnderLoad, { seed, signal }: PartContext): Promise<number> {
  const random = seededRandom(seed);
  const startMs = monotonicMs();
  let made = 0;
  for (let nowMs = startMs; nowMs < startMs + LOAD_MS && !signal.aborted; nowMs = monotonicMs()) {
    const due = ((nowMs - startMs) * CHANGES_PER_SECOND) / 1000;
    for (; made < due; made++) await slices.change(random);
    await pause(TICK_MS);
  }
  return made;
}

async function both<T>({ fairlead, floor }: Readers, of: (reader: ReaderProcess) => Promise<T>) {
  const [ours, least] = await Promise.all([of(fairlead), of(floor)]);
  return { fairlead: ours, floor: least };
}

async function measure(readers: Readers, slices: SlicesUnderLoad, context: PartContext) {
  const began = async (): Promise<boolean> => {
    const { fairlead, floor } = await both(readers, (reader) => reader.ask());
    return fairlead.changes > 0 && floor.changes >= ENDPOINTS / 100;
  };
  await waitFor('both have read all slices', began, { timeoutMs: SYNC_MS });
  const start = await both(readers, (reader) => reader.ask());
  const before = await both(readers, (reader) => reader.ask({ begin: 'costs' }));
  const made = await changeSteadily(slices, context);
  const costs = await both(readers, (reader) => reader.ask());
  await both(readers, (reader) => reader.ask({ begin: 'stalls' }));
  await changeSteadily(slices, context);
  const stalls = await both(readers, (reader) => reader.ask());
  const agree = async (): Promise<boolean> => {
    const wanted = slices.ready().join();
    const seen = await both(readers, (reader) => reader.ask({ ready: true }));
    return [seen.fairlead, seen.floor].every(({ ready }) => ready.join() === wanted);
  };
  const agreed = await waitFor('both know what was written', agree, { timeoutMs: SYNC_MS }).then(
    () => true,
    () => false,
  );
  const after = await both(readers, (reader) => reader.ask({ begin: 'costs' }));
  const phases = (of: keyof Readers): Phases => ({
    ...{ start: start[of], before: before[of], costs: costs[of], stalls: stalls[of], after: after[of] },
  });
  return { made, agreed, fairlead: phases('fairlead'), floor: phases('floor') };
}

function rowsOf({ made, agreed, fairlead, floor }: Awaited<ReturnType<typeof measure>>): Row[] {
  const perChange = (ms: number): string => `${((ms * 1000) / made).toFixed(0)} µs`;
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  const ours = fairlead.costs.cpuMs;
  const least = floor.costs.cpuMs;
  const stall = (ms: number): Pick<Row, 'value' | 'bound' | 'ok'> => ({
    ...{ value: `${ms.toFixed(1)} ms`, bound: `≤ ${MOST_STALL_MS} ms`, ok: ms <= MOST_STALL_MS },
  });
  return [
    {
      name: 'changes',
      value: `${made} in ${LOAD_MS / 1000} s, ${(floor.costs.bytes / made / 1000).toFixed(1)} kB each`,
      ok: null,
    },
    { name: 'endpoints as they were written', value: agreed ? 'yes' : 'no', bound: 'yes', ok: agreed },
    {
      name: 'processor per change',
      value: `${perChange(ours)} = ${(ours / least).toFixed(2)} × a bare watch, ${(ours / floor.costs.parseMs).toFixed(2)} × JSON.parse`,
      ok: null,
    },
    {
      name: 'a bare watch, JSON.parse alone',
      value: `${perChange(least)}, ${perChange(floor.costs.parseMs)}`,
      ok: null,
    },
    {
      name: 'heap',
      value: `${megabytes(fairlead.after.heapBytes)}; a bare watch ${megabytes(floor.after.heapBytes)}`,
      ok: null,
    },
    {
      name: 'heap growth over the changes',
      value: megabytes(fairlead.after.heapBytes - fairlead.before.heapBytes),
      ok: null,
    },
    { name: 'longest stall at the first list', ...stall(fairlead.start.stallMs) },
    { name: 'longest stall under changes', ...stall(fairlead.stalls.stallMs) },
    {
      name: 'stall that opens the watch',
      value: `${fairlead.start.openingStallMs.toFixed(1)} ms; a bare watch ${floor.start.openingStallMs.toFixed(1)} ms`,
      ok: null,
    },
    {
      name: 'stalls of a bare watch',
      value: `${floor.start.stallMs.toFixed(1)} ms, ${floor.stalls.stallMs.toFixed(1)} ms`,
      ok: null,
    },
  ];
}

async function run(context: PartContext): Promise<PartReport> {
  const log = new EventLog(context.log);
  const cluster = await startTestCluster({ nodes: [{ name: 'node-1', zone: 'zone-1' }] });
  const slices = new SlicesUnderLoad(cluster.kubeconfig, ENDPOINTS);
  const started: ReaderProcess[] = [];
  try {
    await cluster.apply(MANIFEST);
    await slices.write();
    log.say(`${ENDPOINTS} endpoints are written; ${CHANGES_PER_SECOND} change each second`);
    const reader = (name: 'fairlead' | 'floor'): ReaderProcess => {
      const made = new ReaderProcess(name, cluster.kubeconfig);
      started.push(made);
      return made;
    };
    const found = await measure({ fairlead: reader('fairlead'), floor: reader('floor') }, slices, context);
    return { part: 'discovery', rows: rowsOf(found), objections: [], events: log.events };
  } finally {
    for (const each of started) await each.end();
    slices.close();
    await cluster.close();
  }
}

/** One Service with very many endpoints that never stand still. */
export const discovery: Part = {
  name: 'discovery',
  about: `${ENDPOINTS} endpoints, ${CHANGES_PER_SECOND} changes a second: what following them costs, beside reading the bytes`,
  run,
};
