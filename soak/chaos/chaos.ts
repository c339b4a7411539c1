import { growth, type Sample } from '../oracle/growth.js';
import type { Part, Row } from '../part.js';
import type { Returned } from './holdings.js';
import { type ChaosRun, runChaos } from './run.js';

const MB = 1_000_000;
const MOST_GROWTH_BYTES = MB;
/**
 * Compiled code and caches still grow in the first minutes, and connections to pods of before a rollout weigh some
 * megabytes until grpc-js gives them up: in a shorter run only a leak of a kilobyte a call stands out.
 */
const WARM_MINUTES = 5;
const MOST_COLD_GROWTH_BYTES = 5 * MB;

const megabytes = (bytes: number): string => `${(bytes / MB).toFixed(2)} MB`;
const join = (counts: Iterable<readonly [string, number]>): string =>
  [...counts].map(([name, count]) => `${name} ${count}`).join(', ') || 'none';

/** A process over the whole run, and what it holds at its end. */
interface Process {
  readonly name: string;
  readonly heap: readonly Sample[];
  readonly returned: Returned;
  /** What must be as at the start. */
  readonly counted: string;
}

function holdingRows({ name, heap, returned: { after, left }, counted }: Process, minutes: number): Row[] {
  const most = minutes < WARM_MINUTES ? MOST_COLD_GROWTH_BYTES : MOST_GROWTH_BYTES;
  const rise = growth(heap);
  return [
    {
      name: `${name}: heap growth over the last 80 %`,
      value: megabytes(rise),
      bound: `< ${megabytes(most)}`,
      ok: rise < most,
    },
    {
      name: `${name}: heap at first and at last`,
      value: `${megabytes(heap[0]?.value ?? 0)}, ${megabytes(heap.at(-1)?.value ?? 0)}`,
      ok: null,
    },
    {
      name: `${name}: ${counted} after close`,
      value: left.length === 0 ? `as at the start: ${after.sockets} sockets` : left.join(', '),
      bound: 'as at the start',
      ok: left.length === 0,
    },
  ];
}

function callRows({ judge, look, xds }: ChaosRun): Row[] {
  const excused = [...judge.excused.values()].reduce((sum, each) => sum + each, 0);
  const callers = xds.flatMap(({ name, look: last }) => (last === null ? [] : [`${name} ${last.calls}`]));
  return [
    { name: 'unary calls', value: String(look.calls), ok: null },
    { name: 'unary calls by xDS', value: callers.join(', '), ok: null },
    {
      name: 'failed, ended or told of nothing for no reason',
      value: String(judge.objected),
      bound: '0',
      ok: judge.objected === 0,
    },
    { name: 'the same with a reason', value: `${excused}: ${join(judge.excused)}`, ok: null },
  ];
}

function rowsOf(run: ChaosRun, minutes: number): Row[] {
  const { log, actions, settlesMs, look, watchman, guests } = run;
  const count = [...actions.values()].reduce((sum, each) => sum + each, 0);
  const sorted = [...settlesMs].sort((a, b) => a - b);
  return [
    { name: 'actions', value: `${count} of ${actions.size} kinds`, ok: null },
    {
      name: 'settles: each client = API',
      value: `${settlesMs.length}, median ${((sorted[sorted.length >> 1] ?? 0) / 1000).toFixed(1)} s, longest ${((sorted.at(-1) ?? 0) / 1000).toFixed(1)} s`,
      bound: 'each',
      ok: !log.objections.some((text) => text.includes('(not settled after')),
    },
    ...callRows(run),
    { name: 'xDS clients that came and left', value: String(guests), ok: null },
    { name: 'watch restarts', value: join(Object.entries(look.restarts)), ok: null },
    ...holdingRows(
      {
        ...{ name: 'client', heap: watchman.heap, returned: run.client },
        counted: 'sockets, timers, handles',
      },
      minutes,
    ),
    ...holdingRows(
      {
        ...{ name: 'control plane', heap: watchman.controlPlaneHeap, returned: run.controlPlane },
        counted: 'sockets, handles',
      },
      minutes,
    ),
  ];
}

/** Trouble at random, and an oracle that looks at all clients after each. */
export const chaos: Part = {
  name: 'chaos',
  about:
    'random trouble under load; after each the clients, with and without xDS, do what the API says, and no call fails for no reason',
  async run(context) {
    const run = await runChaos(context);
    const objections = run.log.finish();
    return { part: 'chaos', rows: rowsOf(run, context.minutes), objections, events: run.log.events };
  },
};
