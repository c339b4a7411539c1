import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LoadBalancingConfig } from '@grpc/grpc-js';
import { seededRandom } from '#commands/random.js';
import { type Contestant, interleave, perRound, ratio, type Samples } from '../interleave.js';
import { createRow, type Row } from '../rows.js';

/** Turns of one sample: what they allocate fits into the young generation, so that it is not collected meanwhile. */
const TURNS = 8;
/** Turns that compile the code and fill what is made once. */
const WARMUP_TURNS = 400;
const ROUNDS = 40;
/** Turns after which it is looked at what is still there: a million steps. */
const MANY_TURNS = 2000;
/** Less than one object of the smallest size in a hundred steps. */
const GOAL_KEPT_KILOBYTES = 160;

const POLICIES: Readonly<Record<string, LoadBalancingConfig>> = {
  default: { fairlead: {} },
  leastRequest: { fairlead: { pick: { leastRequest: {} } } },
  roundRobin: { fairlead: { pick: { roundRobin: {} } } },
  'grpc-js round_robin': { round_robin: {} },
};
const PEER = 'grpc-js round_robin';

function heapBytes(): number {
  return process.memoryUsage().heapUsed;
}

/** Bytes that are allocated in each step. */
function allocating(turn: () => void, steps: number): Contestant {
  return async () => {
    globalThis.gc?.();
    let bytes = 0;
    for (let i = 0; i < TURNS; i++) {
      const before = heapBytes();
      turn();
      bytes += heapBytes() - before;
      await nextTurn();
    }
    return bytes / (TURNS * steps);
  };
}

/** What is still there after a million steps and a collection (kB). */
async function kept(turn: () => void): Promise<number> {
  globalThis.gc?.();
  const before = heapBytes();
  for (let i = 0; i < MANY_TURNS; i++) {
    turn();
    if (i % 50 === 0) await nextTurn();
  }
  await nextTurn();
  globalThis.gc?.();
  return (heapBytes() - before) / 1000;
}

function allocationRow(policy: string, n: number, samples: Samples<string>): Row {
  const of = (name: string): readonly number[] => samples[name] ?? [];
  const subject = of(policy);
  const common = { id: `pick/${policy}, allocated`, n, unit: 'B', subject, again: of(`${policy} again`) };
  if (policy === PEER) return createRow(common);
  return createRow({ ...common, ratios: perRound(ratio, subject, of(PEER)), goal: 1 });
}

/** What a step of each policy allocates and keeps; ÷ grpc-js, whose picker makes an object for each pick. */
export async function allocationRows(
  turnOf: (policy: LoadBalancingConfig) => () => void,
  { n, steps }: { readonly n: number; readonly steps: number },
): Promise<Row[]> {
  const turns = Object.entries(POLICIES).map(([name, policy]): [string, () => void] => [
    name,
    turnOf(policy),
  ]);
  for (const [, turn] of turns) {
    for (let i = 0; i < WARMUP_TURNS; i++) turn();
    await nextTurn();
  }
  const contestants = turns.flatMap(([name, turn]): [string, Contestant][] => [
    [name, allocating(turn, steps)],
    [`${name} again`, allocating(turn, steps)],
  ]);
  const samples = await interleave(Object.fromEntries(contestants), {
    rounds: ROUNDS,
    warmupRounds: 5,
    random: seededRandom(2),
  });
  const rows: Row[] = turns.map(([name]) => allocationRow(name, n, samples));
  for (const [name, turn] of turns) {
    if (name === PEER) continue;
    const subject = [await kept(turn)];
    rows.push(
      createRow({ id: `pick/${name}, kept of 10^6`, n, unit: 'kB', subject, goal: GOAL_KEPT_KILOBYTES }),
    );
  }
  return rows;
}
