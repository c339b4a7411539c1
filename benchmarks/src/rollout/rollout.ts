import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Deployed, startSandbox, type TestSandbox } from '@fairlead/sandbox/testing';
import { monotonicMs } from '#commands/wait.js';
import type { Benchmark } from '../benchmark.js';
import { perRound, ratio } from '../interleave.js';
import { watchedServiceConfig } from '../propagation/bench-parent.js';
import { createRow, type Row } from '../rows.js';
import { quantile } from '../statistics.js';
import { Caller, type Taken } from './caller.js';

const PODS = 5;
const ROLLOUTS = 3;
const KILLS = 10;
/** After which every call that was under way has ended (ms); a killed pod is back by then. */
const SETTLE_MS = 6000;

/** Whoever calls at the same time. */
interface Callers<T> {
  readonly fairlead: T;
  /** Fairlead's resolver, grpc-js's policy. */
  readonly roundRobin: T;
  /** Nothing of Fairlead: what there is without it. */
  readonly dns: T;
}

async function start(
  { channelOptions, dns }: TestSandbox,
  { target, host, port }: Deployed,
): Promise<Callers<Caller>> {
  const roundRobin = { loadBalancingConfig: [{ round_robin: {} }], methodConfig: [] };
  const config = (json: object): { 'grpc.service_config': string } => ({
    'grpc.service_config': JSON.stringify(json),
  });
  return {
    fairlead: await Caller.start({ target, channelOptions }),
    roundRobin: await Caller.start({
      target,
      channelOptions: { ...channelOptions, ...config(watchedServiceConfig('rollout', { round_robin: {} })) },
    }),
    dns: await Caller.start({
      target: `dns://${dns}/${host}:${port}`,
      channelOptions: { 'grpc.enable_http_proxy': 0, ...config(roundRobin) },
    }),
  };
}

async function takeAll({ fairlead, roundRobin, dns }: Callers<Caller>): Promise<Callers<Taken>> {
  const [first, second, third] = await Promise.all([fairlead.take(), roundRobin.take(), dns.take()]);
  return { fairlead: first, roundRobin: second, dns: third };
}

/** Does something to the pods again and again; what became of the calls of each time. */
async function repeat(
  callers: Callers<Caller>,
  times: number,
  disturb: (round: number) => Promise<void>,
): Promise<Callers<Taken>[]> {
  const rounds: Callers<Taken>[] = [];
  for (let round = 0; round < times; round++) {
    await takeAll(callers);
    await disturb(round);
    await sleep(SETTLE_MS);
    rounds.push(await takeAll(callers));
  }
  return rounds;
}

const NAMES: Callers<string> = {
  fairlead: 'fairlead',
  roundRobin: 'grpc-js round_robin',
  dns: 'grpc-js dns, round_robin',
};
const KEYS = Object.keys(NAMES) as (keyof Callers<unknown>)[];

const p99 = ({ latencies }: Taken): number =>
  quantile(
    [...latencies].sort((a, b) => a - b),
    0.99,
  );

/** Every pod is replaced. */
async function rolloutRows(callers: Callers<Caller>, service: Deployed): Promise<Row[]> {
  const rounds = await repeat(callers, ROLLOUTS, () => service.rollout());
  const tails = (key: keyof Callers<unknown>): number[] => rounds.map((round) => p99(round[key]));
  const lost = KEYS.map((key) =>
    createRow({
      id: `rollout/${NAMES[key]}, calls lost`,
      n: PODS,
      unit: `of ${Math.round(rounds.reduce((sum, round) => sum + round[key].ended, 0) / ROLLOUTS)}`,
      subject: rounds.map((round) => round[key].failedBeganMs.length),
      ...(key === 'fairlead' ? { goal: 0 } : {}),
    }),
  );
  const slow = createRow({
    id: 'rollout/fairlead, p99 ÷ grpc-js round_robin',
    n: PODS,
    unit: 'ms',
    subject: tails('fairlead'),
    ratios: perRound(ratio, tails('fairlead'), tails('roundRobin')),
  });
  return [...lost, slow];
}

/** A pod crashes: what is in flight there is lost whoever calls; nothing else should be. */
async function killRows(callers: Callers<Caller>, service: Deployed): Promise<Row[]> {
  const killedAtMs: number[] = [];
  const rounds = await repeat(callers, KILLS, async (round) => {
    await service.pods[round % PODS]?.kill();
    killedAtMs.push(monotonicMs());
  });
  return KEYS.map((key) => {
    const failed = rounds.map((round, i) => {
      const inFlight = round[key].failedBeganMs.filter((beganMs) => beganMs < (killedAtMs[i] ?? 0)).length;
      return { inFlight, later: round[key].failedBeganMs.length - inFlight };
    });
    return createRow({
      id: `rollout/${NAMES[key]}, begun after a kill and lost`,
      n: PODS,
      unit: `beside ${failed.reduce((sum, { inFlight }) => sum + inFlight, 0)}`,
      subject: failed.map(({ later }) => later),
      ...(key === 'fairlead' ? { goal: 0 } : {}),
    });
  });
}

/** Rolling updates and crashes under load. */
export const rollout: Benchmark = {
  name: 'rollout',
  about:
    'calls lost when all pods are replaced, and when one is killed, of three clients that call at the same time',
  async run({ progress }) {
    const sandbox = await startSandbox();
    const callers: Caller[] = [];
    try {
      const run = [process.execPath, fileURLToPath(new URL('./pod.js', import.meta.url))];
      const service = await sandbox.deploy({
        name: 'rollout',
        replicas: PODS,
        run,
        headless: true,
        probe: 'grpc',
      });
      const all = await start(sandbox, service);
      callers.push(...Object.values(all));
      progress(`${ROLLOUTS} rolling updates`);
      const rows = await rolloutRows(all, service);
      progress(`${KILLS} kills`);
      return [...rows, ...(await killRows(all, service))];
    } finally {
      for (const caller of callers) caller.close();
      await sandbox.close();
    }
  },
};
