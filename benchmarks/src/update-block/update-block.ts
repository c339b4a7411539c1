import type { LoadBalancingConfig } from '@grpc/grpc-js';
import { Backend } from '../backend/backend.js';
import type { Placement } from '../backend/commands.js';
import type { Benchmark } from '../benchmark.js';
import { monotonicMs, quiet } from '../clock.js';
import { type Contestant, interleave, perRound, ratio, type Samples } from '../interleave.js';
import { registerFairlead } from '../registration.js';
import { createRow, type Row } from '../rows.js';
import { seededRandom } from '../statistics.js';
import { mapDiff, mapPair } from './map-diff.js';
import { TurnMeter } from './turn-meter.js';
import { UpdatedChannel } from './updated-channel.js';

/** Endpoints before the change; 1 is what the others are compared with. */
const ALL_SIZES = [1, 10, 100, 1000] as const;
const SIZES = [10, 100, 1000] as const;
const SMALL = 10;
const LARGE = 1000;
const PLACEMENTS: readonly Placement[] = ['grown-slice', 'new-slice'];

const ROUNDS = 30;
const WARMUP_ROUNDS = 8;

/** Map diffs of N keys that an update may cost beyond one with a single endpoint. */
const GOAL_BLOCK = 5;
const GOAL_GROWTH = 5;
const GOAL_NO_OP = 2;

interface Policy {
  readonly name: string;
  readonly config: LoadBalancingConfig;
  /** Whether the goals hold for it. */
  readonly ours: boolean;
}

const POLICIES: readonly Policy[] = [
  { name: 'fairlead', config: { fairlead: {} }, ours: true },
  { name: 'grpc-js round_robin', config: { round_robin: {} }, ours: false },
];

type Contestants = Record<string, Contestant>;

async function openChannels(backend: Backend, meter: TurnMeter): Promise<Map<string, UpdatedChannel>> {
  const channels = new Map<string, UpdatedChannel>();
  for (const { name, config } of POLICIES) {
    for (const n of ALL_SIZES) {
      const service = `${name.replaceAll(/[^a-z]/g, '-')}-${n}`;
      const hosts = backend.nextHosts(n);
      channels.set(
        `${name} ${n}`,
        await UpdatedChannel.open({ backend, meter, service, hosts, policy: config }),
      );
    }
  }
  return channels;
}

/** Repetitions of what takes too short a time to be measured once; the more endpoints, the fewer. */
function timesOf(n: number): number {
  return 4 + Math.round(4_000 / n);
}

async function timeRepeated(n: number, run: (times: number) => void): Promise<number> {
  await quiet();
  const times = timesOf(n);
  const startedMs = monotonicMs();
  run(times);
  return ((monotonicMs() - startedMs) * 1000) / times;
}

function mapDiffContestants(n: number): { once: Contestant; repeated: Contestant } {
  const [before, now] = mapPair(n);
  let different = 0;
  return {
    // As cold as the turn that it is compared with: after a pause, once.
    once: async () => {
      await quiet();
      const startedMs = monotonicMs();
      different += mapDiff(before, now);
      return (monotonicMs() - startedMs) * 1000;
    },
    repeated: () =>
      timeRepeated(n, (times) => {
        for (let i = 0; i < times; i++) different += mapDiff(before, now);
        if (different !== 0) throw new Error('the maps differ');
      }),
  };
}

/** Once for the figure, and for what has goals a second time for the control. */
function enter(
  contestants: Contestants,
  name: string,
  { run, twice }: { run: Contestant; twice: boolean },
): void {
  contestants[name] = run;
  if (twice) contestants[`${name} again`] = run;
}

function contestantsOf(channels: ReadonlyMap<string, UpdatedChannel>): Contestants {
  const contestants: Contestants = {};
  const microseconds = (measure: () => Promise<number>) => async () => (await measure()) * 1000;
  for (const { name, ours } of POLICIES) {
    for (const n of ALL_SIZES) {
      const channel = channels.get(`${name} ${n}`);
      if (channel === undefined) continue;
      for (const placement of PLACEMENTS) {
        const run = microseconds(() => channel.add(placement));
        enter(contestants, `${name} ${n} ${placement}`, { run, twice: ours });
      }
      if (n === 1) continue;
      const run = (): Promise<number> => timeRepeated(n, (times) => channel.repeat(times));
      enter(contestants, `${name} ${n} no-op`, { run, twice: ours });
      if (ours) contestants[`${name} ${n} touch`] = microseconds(() => channel.touch());
    }
  }
  for (const n of SIZES) {
    const { once, repeated } = mapDiffContestants(n);
    contestants[`diff ${n} once`] = once;
    contestants[`diff ${n} repeated`] = repeated;
  }
  return contestants;
}

/** The samples of a contestant; of a second run that did not take part, undefined. */
interface LookUp {
  (name: string): readonly number[];
  readonly again: (name: string) => { readonly again?: readonly number[] };
}

function lookUp(samples: Samples<string>): LookUp {
  const of = (name: string): readonly number[] => {
    const found = samples[name];
    if (found === undefined) throw new Error(`no contestant ${name}`);
    return found;
  };
  const again = (name: string): { readonly again?: readonly number[] } => {
    const found = samples[`${name} again`];
    return found === undefined ? {} : { again: found };
  };
  return Object.assign(of, { again });
}

function goal(ours: boolean, value: number): { goal?: number } {
  return ours ? { goal: value } : {};
}

/** +1 endpoint: what it costs beyond +1 at N = 1, in map diffs; and how it grows. */
function blockRows({ name, ours }: Policy, placement: Placement, of: LookUp): Row[] {
  const id = `update-block/${name}, +1 in a ${placement.replace('-', ' ')}`;
  const block = (n: number): readonly number[] => of(`${name} ${n} ${placement}`);
  const figure = (n: number) => ({
    id,
    n,
    unit: 'µs',
    subject: block(n),
    ...of.again(`${name} ${n} ${placement}`),
  });
  const beyond = (n: number): number[] =>
    perRound(
      (large = 0, one = 0, diff = 0) => (large - one) / diff,
      block(n),
      block(1),
      of(`diff ${n} once`),
    );
  return [
    createRow(figure(1)),
    ...SIZES.map((n) => createRow({ ...figure(n), ratios: beyond(n), ...goal(ours, GOAL_BLOCK) })),
    createRow({
      ...figure(LARGE),
      id: `${id}, ÷ N=${SMALL}`,
      ratios: perRound(ratio, block(LARGE), block(SMALL)),
      ...goal(ours, GOAL_GROWTH),
    }),
  ];
}

function noOpRows({ name, ours }: Policy, of: LookUp): Row[] {
  return SIZES.map((n) =>
    createRow({
      id: `update-block/${name}, no-op`,
      n,
      unit: 'µs',
      subject: of(`${name} ${n} no-op`),
      ...of.again(`${name} ${n} no-op`),
      ratios: perRound(ratio, of(`${name} ${n} no-op`), of(`diff ${n} repeated`)),
      ...goal(ours, GOAL_NO_OP),
    }),
  );
}

/** Figures that the others are read with. */
function contextRows(of: LookUp): Row[] {
  const row = (id: string, name: (n: number) => string): Row[] =>
    SIZES.map((n) => createRow({ id: `update-block/${id}`, n, unit: 'µs', subject: of(name(n)) }));
  return [
    ...row('fairlead, event without a change', (n) => `fairlead ${n} touch`),
    ...row('map diff, once after a pause', (n) => `diff ${n} once`),
    ...row('map diff, repeated', (n) => `diff ${n} repeated`),
  ];
}

/** How long an added endpoint blocks the event loop of a client. */
export const updateBlock: Benchmark = {
  name: 'update-block',
  about:
    'event-loop block for +1 endpoint, watch bytes → policy, beyond that at N = 1, in map diffs of N keys',
  async run() {
    registerFairlead();
    const backend = await Backend.start();
    const meter = new TurnMeter(Number(new URL(backend.hello.api).port));
    try {
      const channels = await openChannels(backend, meter);
      const samples = await interleave(contestantsOf(channels), {
        rounds: ROUNDS,
        warmupRounds: WARMUP_ROUNDS,
        random: seededRandom(1),
      });
      for (const channel of channels.values()) channel.close();
      const of = lookUp(samples);
      return [
        ...POLICIES.flatMap((policy) => [
          ...PLACEMENTS.flatMap((placement) => blockRows(policy, placement, of)),
          ...noOpRows(policy, of),
        ]),
        ...contextRows(of),
      ];
    } finally {
      meter.close();
      backend.close();
    }
  },
};
