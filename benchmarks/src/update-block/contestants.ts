import type { LoadBalancingConfig } from '@grpc/grpc-js';
import type { Backend } from '../backend/backend.js';
import type { Placement } from '../backend/commands.js';
import { ServiceSlices } from '../backend/slices.js';
import { cpuMicroseconds, quiet } from '../clock.js';
import type { Contestant } from '../interleave.js';
import { mapDiff, mapPair } from './map-diff.js';
import type { TurnMeter } from './turn-meter.js';
import { UpdatedChannel } from './updated-channel.js';

/** Endpoints before the change. */
export const SIZES = [10, 100, 1000] as const;
/** What the others are compared with. */
const ONE = 1;

export const PLACEMENTS: readonly Placement[] = ['grown-slice', 'new-slice'];

export interface Policy {
  readonly name: string;
  readonly config: LoadBalancingConfig;
  /** Whether the goals hold for it; then it runs twice a round. */
  readonly ours: boolean;
}

export const POLICIES: readonly Policy[] = [
  { name: 'fairlead', config: { fairlead: {} }, ours: true },
  { name: 'grpc-js round_robin', config: { round_robin: {} }, ours: false },
];

/** What is measured, by name. All of it in microseconds of CPU time. */
export type Contestants = Record<string, Contestant>;

/** The names under which the contestants stand. `again` holds the second run of the same. */
export const nameOf = {
  add: (policy: string, n: number, placement: Placement) => `${policy} ${n} ${placement}`,
  noOp: (policy: string, n: number) => `${policy} ${n} no-op`,
  touch: (n: number) => `touch ${n}`,
  parse: (n: number) => `parse ${n}`,
  diffOnce: (n: number) => `diff ${n} once`,
  diffRepeated: (n: number) => `diff ${n} repeated`,
  again: (name: string) => `${name} again`,
};

/** Repetitions of what takes too short a time to be measured once; the more endpoints, the fewer. */
function timesOf(n: number): number {
  return 4 + Math.round(4_000 / n);
}

async function timeRepeated(n: number, run: (times: number) => void): Promise<number> {
  await quiet();
  const times = timesOf(n);
  const started = cpuMicroseconds();
  run(times);
  return (cpuMicroseconds() - started) / times;
}

/** As cold as the turns that it is compared with: after a pause, once. */
async function timeOnce(run: () => unknown): Promise<number> {
  await quiet();
  const started = cpuMicroseconds();
  run();
  return cpuMicroseconds() - started;
}

function enterDiff(contestants: Contestants, n: number): void {
  const [before, now] = mapPair(n);
  const check = (): void => {
    if (mapDiff(before, now) !== 0) throw new Error('the maps differ');
  };
  contestants[nameOf.diffOnce(n)] = () => timeOnce(check);
  contestants[nameOf.diffRepeated(n)] = () =>
    timeRepeated(n, (times) => {
      for (let i = 0; i < times; i++) check();
    });
}

/** JSON.parse of the event of a grown slice: what of an update no client can save. */
function enterParse(contestants: Contestants, backend: Backend, n: number): void {
  const slices = new ServiceSlices('fairlead', backend.hello.port, backend.nextHosts(n));
  const [added = ''] = backend.nextHosts(1);
  const event = Buffer.from(slices.add(added, 'grown-slice'));
  contestants[nameOf.parse(n)] = () => timeOnce(() => JSON.parse(event.toString('utf8')));
}

function enterChannel(contestants: Contestants, channel: UpdatedChannel, policy: Policy, n: number): void {
  const { name, ours } = policy;
  const enter = (as: string, run: Contestant): void => {
    contestants[as] = run;
    if (ours) contestants[nameOf.again(as)] = run;
  };
  for (const placement of PLACEMENTS) {
    enter(nameOf.add(name, n, placement), () => channel.add(placement));
  }
  if (n === ONE) return;
  enter(nameOf.noOp(name, n), () => timeRepeated(n, (times) => channel.repeat(times)));
  if (ours) contestants[nameOf.touch(n)] = () => channel.touch();
}

/** Opens all channels and makes what takes turns. */
export async function openContestants(backend: Backend, meter: TurnMeter): Promise<Contestants> {
  const contestants: Contestants = {};
  for (const policy of POLICIES) {
    for (const n of [ONE, ...SIZES]) {
      const service = `${policy.name.replaceAll(/[^a-z]/g, '-')}-${n}`;
      const hosts = backend.nextHosts(n);
      const options = { backend, meter, service, hosts, policy: policy.config };
      enterChannel(contestants, await UpdatedChannel.open(options), policy, n);
    }
  }
  for (const n of [ONE, ...SIZES]) enterParse(contestants, backend, n);
  for (const n of SIZES) enterDiff(contestants, n);
  return contestants;
}
