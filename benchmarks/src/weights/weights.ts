import { setTimeout as sleep } from 'node:timers/promises';
import { encodeLoadReport, REPORT_TRAILER } from '@fairlead/balancing';
import { experimental, type LoadBalancingConfig, Metadata, status } from '@grpc/grpc-js';
import type { Benchmark } from '../benchmark.js';
import { registerFairlead } from '../registration.js';
import { createRow, type Row } from '../rows.js';
import { StubChannel } from '../stub-channel.js';

/** Utilization of servers that all take as many calls: the weights of gRFC A58 are as its inverse. Null: it says nothing. */
const UTILIZATIONS: readonly (number | null)[] = [0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, null, null];
const RPS = 100;
const PICKS = 50_000;
const ROUNDS = 7;
/** Weights are taken into account every 100 ms, the least that A58 has (ms). */
const UPDATED_MS = 400;
const GOAL_PERCENT = 2;

const POLICIES: readonly (readonly [string, LoadBalancingConfig, boolean])[] = [
  [
    'fairlead weightedRoundRobin',
    { fairlead: { pick: { weightedRoundRobin: { blackoutMs: 0, updateMs: 100 } } } },
    true,
  ],
  [
    'grpc-js weighted_round_robin',
    { weighted_round_robin: { blackout_period: '0s', weight_update_period: '0.1s' } },
    false,
  ],
];

const hostOf = (index: number): string => `10.0.0.${index}`;

/** The part of the calls of each server: one that says nothing gets the average of the others (A58). */
function idealShares(): readonly number[] {
  const known = UTILIZATIONS.filter((utilization) => utilization !== null).map(
    (utilization) => RPS / utilization,
  );
  const average = known.reduce((sum, weight) => sum + weight, 0) / known.length;
  const weights = UTILIZATIONS.map((utilization) => (utilization === null ? average : RPS / utilization));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

function trailersOf(utilization: number | null): Metadata {
  const trailers = new Metadata();
  if (utilization === null) return trailers;
  const report = encodeLoadReport({ applicationUtilization: utilization, rps: RPS, eps: 0 });
  trailers.set(REPORT_TRAILER, Buffer.from(report));
  return trailers;
}

/** The greatest error of a share after each server reported once (percent of what it should be). */
async function shareError(config: LoadBalancingConfig): Promise<number> {
  const channel = new StubChannel(config);
  const addresses = UTILIZATIONS.map((_, i) => ({ host: hostOf(i), port: 80 }));
  channel.update(experimental.statusOrFromValue(addresses.map((address) => ({ addresses: [address] }))));
  const args = { metadata: new Metadata(), extraPickInfo: {} };
  const call = (trailers: (index: number) => Metadata): number => {
    const { subchannel, onCallStarted, onCallEnded } = channel.picker.pick(args);
    const index = addresses.findIndex(({ host }) => subchannel?.getAddress() === `${host}:80`);
    onCallStarted?.();
    onCallEnded?.(status.OK, '', trailers(index));
    return index;
  };
  const silent = new Set(UTILIZATIONS.keys());
  while (silent.size > 0) {
    call((index) => trailersOf(silent.delete(index) ? (UTILIZATIONS[index] ?? null) : null));
  }
  await sleep(UPDATED_MS);
  const nothing = new Metadata();
  const counts = UTILIZATIONS.map(() => 0);
  for (let i = 0; i < PICKS; i++) {
    const index = call(() => nothing);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  const errors = idealShares().map((share, i) => Math.abs((counts[i] ?? 0) / PICKS / share - 1));
  return Math.max(...errors) * 100;
}

/** How well the shares of the calls follow the weights that servers report. */
export const weights: Benchmark = {
  name: 'weights',
  about: 'greatest error of a share of the calls, as weights that servers report want it (gRFC A58)',
  async run() {
    registerFairlead();
    const rows: Row[] = [];
    for (const [name, config, ours] of POLICIES) {
      const errors: number[] = [];
      for (let round = 0; round < ROUNDS; round++) errors.push(await shareError(config));
      const common = { id: `weights/${name}`, n: UTILIZATIONS.length, unit: '%', subject: errors };
      rows.push(createRow(ours ? { ...common, goal: GOAL_PERCENT } : common));
    }
    return rows;
  },
};
