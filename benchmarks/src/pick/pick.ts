import { setImmediate as nextTurn } from 'node:timers/promises';
import { createPipeline, type OpenStream, type Pipeline, parseConfig, type Slot } from '@fairlead/balancing';
import { experimental, type LoadBalancingConfig, Metadata, status } from '@grpc/grpc-js';
import { seededRandom } from '#commands/random.js';
import type { Benchmark } from '../benchmark.js';
import { cpuMicroseconds } from '../clock.js';
import { type Contestant, interleave, perRound, ratio, type Samples } from '../interleave.js';
import { registerFairlead } from '../registration.js';
import { createRow, type Row } from '../rows.js';
import { StubChannel } from '../stub-channel.js';
import { allocationRows } from './allocation.js';

const SIZES = [10, 100, 1000] as const;
/** The sizes that growth is taken between. */
const SMALL = 10;
const LARGE = 1000;

/** Picks of one turn: as many as a busy client makes before its event loop comes round. */
const TURN = 500;
const TURNS = 100;
/** Calls in flight: each pick starts a call and ends the one that was started so many picks before. */
const IN_FLIGHT = 64;
/** How long a stream is said to have lasted (ms). */
const STREAM_MS = 60_000;
const ROUNDS = 30;
const WARMUP_ROUNDS = 8;

const GOAL_NS = 150;
const GOAL_GROWTH = 2;

function hostOf(index: number): string {
  return `10.0.${index >> 8}.${index & 255}`;
}

/** Mean nanoseconds of one step; `turn` makes TURN of them. Between turns the loop comes round, untimed. */
async function timeTurns(turn: () => void): Promise<number> {
  let spent = 0;
  for (let i = 0; i < TURNS; i++) {
    const started = cpuMicroseconds();
    turn();
    spent += cpuMicroseconds() - started;
    await nextTurn();
  }
  return (spent * 1000) / (TURNS * TURN);
}

/** A policy as grpc-js runs it: its published picker, onCallStarted, onCallEnded; TURN steps a time. */
function pickerTurn(config: LoadBalancingConfig, n: number): () => void {
  const channel = new StubChannel(config);
  const endpoints = Array.from({ length: n }, (_, i) => ({ addresses: [{ host: hostOf(i), port: 50_051 }] }));
  channel.update(experimental.statusOrFromValue(endpoints));
  const args = { metadata: new Metadata(), extraPickInfo: {} };
  const trailers = new Metadata();
  const calls: (experimental.PickResult | undefined)[] = new Array(IN_FLIGHT).fill(undefined);
  let at = 0;
  return () => {
    const { picker } = channel;
    for (let i = 0; i < TURN; i++) {
      const result = picker.pick(args);
      if (result.subchannel === null) throw new Error('nothing was picked');
      result.onCallStarted?.();
      calls[at]?.onCallEnded?.(status.OK, '', trailers);
      calls[at] = result;
      at = (at + 1) % IN_FLIGHT;
    }
  };
}

function pickerContestant(config: LoadBalancingConfig, n: number): Contestant {
  const turn = pickerTurn(config, n);
  return () => timeTurns(turn);
}

function readyPipeline(policy: string, n: number): Pipeline {
  const pipeline = createPipeline(parseConfig({ pick: { [policy]: {} } }), {
    now: Date.now,
    random: Math.random,
  });
  const candidates = Array.from({ length: n }, (_, i) => ({
    key: `${hostOf(i)}:50051`,
    ready: true,
    serving: true,
    terminating: false,
  }));
  pipeline.update(candidates);
  for (const { key } of candidates) pipeline.connection(key, 'ready');
  return pipeline;
}

/** The decision alone: pick, started, ended, and the end of each turn. */
function pipelineContestant(policy: string, n: number, stream?: OpenStream): Contestant {
  const pipeline = readyPipeline(policy, n);
  const streaming = stream !== undefined;
  const context = { header: () => undefined, streaming };
  const outcome = { code: status.OK, latencyMs: streaming ? STREAM_MS : 1, streaming };
  const calls: (Slot | undefined)[] = new Array(IN_FLIGHT).fill(undefined);
  let at = 0;
  const turn = (): void => {
    for (let i = 0; i < TURN; i++) {
      const slot = pipeline.pick(context);
      if (slot === null) throw new Error('nothing was picked');
      pipeline.started(slot, stream);
      const ended = calls[at];
      if (ended !== undefined) pipeline.ended(ended, outcome, stream);
      calls[at] = slot;
      at = (at + 1) % IN_FLIGHT;
    }
    pipeline.endOfTurn();
  };
  return () => timeTurns(turn);
}

interface Subject {
  readonly id: string;
  /** Whether the goals hold for it. */
  readonly ours: boolean;
  create(n: number): Contestant;
}

const SUBJECTS: readonly Subject[] = [
  {
    id: 'pick/default',
    ours: true,
    create: (n) => pickerContestant({ fairlead: {} }, n),
  },
  ...['leastRequest', 'roundRobin'].flatMap((policy): Subject[] => [
    {
      id: `pick/${policy}`,
      ours: true,
      create: (n) => pickerContestant({ fairlead: { pick: { [policy]: {} } } }, n),
    },
    { id: `pick/${policy}, pipeline`, ours: true, create: (n) => pipelineContestant(policy, n) },
  ]),
  { id: 'pick/grpc-js round_robin', ours: false, create: (n) => pickerContestant({ round_robin: {} }, n) },
];

const STREAMS: readonly Subject[] = [
  {
    id: 'pick-stream/pipeline',
    ours: false,
    create: (n) => pipelineContestant('leastRequest', n, { movable: false }),
  },
];

function rowsOf({ id, ours }: Subject, samples: Samples<string>): Row[] {
  const subject = (n: number): readonly number[] => samples[`${id} ${n}`] ?? [];
  const again = (n: number): readonly number[] => samples[`${id} ${n} again`] ?? [];
  const large = subject(LARGE);
  return [
    ...SIZES.map((n) =>
      createRow({
        id,
        n,
        unit: 'ns',
        subject: subject(n),
        again: again(n),
        ...(ours ? { goal: GOAL_NS } : {}),
      }),
    ),
    createRow({
      id: `${id}, ÷ N=${SMALL}`,
      n: LARGE,
      unit: 'ns',
      subject: large,
      again: again(LARGE),
      ratios: [...perRound(ratio, large, subject(SMALL)), ...perRound(ratio, again(LARGE), again(SMALL))],
      ...(ours ? { goal: GOAL_GROWTH } : {}),
    }),
  ];
}

async function measure(subjects: readonly Subject[]): Promise<Row[]> {
  registerFairlead();
  const contestants: Record<string, Contestant> = {};
  for (const { id, create } of subjects) {
    for (const n of SIZES) {
      const contestant = create(n);
      contestants[`${id} ${n}`] = contestant;
      contestants[`${id} ${n} again`] = contestant;
    }
  }
  const samples = await interleave(contestants, {
    rounds: ROUNDS,
    warmupRounds: WARMUP_ROUNDS,
    random: seededRandom(1),
  });
  return subjects.flatMap((subject) => rowsOf(subject, samples));
}

/** What one decision costs, from the pick to the end of the call. */
export const pick: Benchmark = {
  name: 'pick',
  about: 'pick + started + ended of one call, beside the picker of grpc-js round_robin',
  run: async () => [
    ...(await measure(SUBJECTS)),
    ...(await allocationRows((policy) => pickerTurn(policy, SIZES[1]), { n: SIZES[1], steps: TURN })),
  ],
};

/** The same for a stream, which looks at every endpoint; in a process of its own. */
export const pickStream: Benchmark = {
  name: 'pick-stream',
  about: 'pick + started + ended of one stream',
  run: () => measure(STREAMS),
};
