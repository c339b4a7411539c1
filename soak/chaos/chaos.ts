import { growth } from '../oracle/growth.js';
import type { Part, Row } from '../part.js';
import { type ChaosRun, leftovers, runChaos } from './run.js';

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

function holdingRows({ before, after, watchman }: ChaosRun, minutes: number): Row[] {
  const most = minutes < WARM_MINUTES ? MOST_COLD_GROWTH_BYTES : MOST_GROWTH_BYTES;
  const rise = growth(watchman.heap);
  const left = leftovers(before, after);
  const [first] = watchman.heap;
  const last = watchman.heap.at(-1);
  return [
    {
      name: 'heap growth over the last 80 %',
      value: megabytes(rise),
      bound: `< ${megabytes(most)}`,
      ok: rise < most,
    },
    {
      name: 'heap at first and at last',
      value: `${megabytes(first?.value ?? 0)}, ${megabytes(last?.value ?? 0)}`,
      ok: null,
    },
    {
      name: 'sockets, timers, handles after close',
      value: left.length === 0 ? `as at the start: ${after.sockets}, ${after.timers}` : left.join(', '),
      bound: 'as at the start',
      ok: left.length === 0,
    },
  ];
}

function rowsOf(run: ChaosRun, minutes: number): Row[] {
  const { log, judge, actions, settlesMs, look } = run;
  const count = [...actions.values()].reduce((sum, each) => sum + each, 0);
  const sorted = [...settlesMs].sort((a, b) => a - b);
  const excused = [...judge.excused.values()].reduce((sum, each) => sum + each, 0);
  return [
    { name: 'actions', value: `${count} of ${actions.size} kinds`, ok: null },
    {
      name: 'settles: client = API',
      value: `${settlesMs.length}, median ${((sorted[sorted.length >> 1] ?? 0) / 1000).toFixed(1)} s, longest ${((sorted.at(-1) ?? 0) / 1000).toFixed(1)} s`,
      bound: 'each',
      ok: !log.objections.some((text) => text.includes('(not settled after')),
    },
    { name: 'unary calls', value: String(look.calls), ok: null },
    {
      name: 'failed or ended for no reason',
      value: String(judge.objected),
      bound: '0',
      ok: judge.objected === 0,
    },
    { name: 'failed or ended with a reason', value: `${excused}: ${join(judge.excused)}`, ok: null },
    { name: 'watch restarts', value: join(Object.entries(look.restarts)), ok: null },
    ...holdingRows(run, minutes),
  ];
}

/** Trouble at random, and an oracle that looks at the client after each. */
export const chaos: Part = {
  name: 'chaos',
  about:
    'random trouble under load; after each the client does what the API says, and no call fails for no reason',
  async run(context) {
    const run = await runChaos(context);
    const objections = run.log.finish();
    return { part: 'chaos', rows: rowsOf(run, context.minutes), objections, events: run.log.events };
  },
};
