import { atRandom } from './bounds.js';
import { pipeline } from './contestants.js';
import type { Outcome } from './record.js';
import { type ChooserFactory, type Scenario, simulate } from './simulate.js';
import { meanManyServers, meanShorterOfTwo, meanSingleQueue } from './theory.js';
import { deviate, exponential } from './work.js';

/** A figure that is known from elsewhere, and what the simulator says. */
export interface Check {
  readonly name: string;
  readonly known: number;
  readonly simulated: number;
  /** How far they may be apart: a part of the known figure, or so many points. */
  readonly tolerance: number;
  readonly unit: 'service times' | '%';
}

/** Whether both agree. */
export function agrees({ known, simulated, tolerance, unit }: Check): boolean {
  const apart = Math.abs(simulated - known);
  return (unit === '%' ? apart : apart / known) <= tolerance;
}

/** Simulated figures are this near to theory. */
const THEORY_TOLERANCE = 0.02;

interface Queues {
  readonly load: number;
  readonly slots: number;
  readonly servers: number;
  /** How long calls count (service times). */
  readonly times: number;
}

/** No call takes so long (service times). */
const LONGEST = 500;

/** Queues of the theory: exponential service, Poisson arrivals, no network, one client. */
function queues({ load, slots, servers, times }: Queues): Scenario {
  const warm = 50 + times / 10;
  return {
    name: `${servers} queues`,
    servers: Array.from({ length: servers }, () => ({ slots, speed: 1 })),
    clients: 1,
    rate: load * slots * servers,
    work: (random) => exponential(1, random),
    networkMs: 0,
    timeoutMs: LONGEST,
    warmMs: 10 + warm,
    endMs: 10 + warm + times,
  };
}

function mean({ latencies }: Outcome): number {
  return latencies.reduce((sum, ms) => sum + ms, 0) / latencies.length;
}

/** Linkerd's test of 2016: 11 backends of 167 ms; one takes 2 s for 30 of 60 s. Slots do not matter there. */
function straggler(): Scenario {
  return {
    name: 'a straggler of 2 s',
    servers: Array.from({ length: 11 }, () => ({ slots: 1e9, speed: 1 })),
    clients: 1,
    rate: 1,
    work: (random) => 167 + 8.5 * deviate(random),
    networkMs: 0,
    timeoutMs: 10_000,
    warmMs: 0,
    endMs: 60_000,
    script: ({ events, servers }) => {
      const [victim] = servers;
      if (victim === undefined) return;
      events.at(15_000, () => {
        victim.speed = 167 / 2000;
      });
      events.at(45_000, () => {
        victim.speed = 1;
      });
    },
  };
}

/** The part of the calls that was answered within a second (%). */
function withinSecond({ latencies, calls }: Outcome): number {
  return (latencies.filter((ms) => ms <= 1000).length / calls) * 100;
}

const leastRequest = pipeline('leastRequest', { pick: { leastRequest: {} } }).choosers;

function theory(name: string, known: number, queue: Queues, choosers: ChooserFactory, seed: number): Check {
  const simulated = mean(simulate(queues(queue), choosers, seed));
  return { name, known, simulated, tolerance: THEORY_TOLERANCE, unit: 'service times' };
}

/** Mean times against queueing theory, in runs of this part of their length; `leastRequest` is the policy that ships. */
export function theoryChecks(seed: number, length = 1): Check[] {
  const one = { slots: 1, servers: 100, times: 8000 * length };
  const four = { slots: 4, servers: 100, times: 2000 * length };
  const two = { slots: 1, servers: 500, times: 500 * length };
  return [
    theory('at random, load 0.6: M/M/1', meanSingleQueue(0.6), { ...one, load: 0.6 }, atRandom, seed),
    theory(
      'leastRequest, load 0.7: supermarket',
      meanShorterOfTwo(0.7),
      { ...two, load: 0.7 },
      leastRequest,
      seed,
    ),
    theory(
      'leastRequest, load 0.9: supermarket',
      meanShorterOfTwo(0.9),
      { ...two, load: 0.9 },
      leastRequest,
      seed,
    ),
    theory(
      'at random, 4 slots, load 0.7: Erlang C',
      meanManyServers(0.7, 4),
      { ...four, load: 0.7 },
      atRandom,
      seed,
    ),
  ];
}

/** Success within a second, as Linkerd published it: whole per cents, and one decimal; half of the last digit is theirs. */
export function linkerdChecks(seed: number): Check[] {
  const published = [
    ['roundRobin', 95, 0.5],
    ['leastRequest', 99, 0.5],
    ['peakEwma', 99.9, 0.05],
  ] as const;
  return published.map(([policy, known, tolerance]) => {
    const { choosers } = pipeline(policy, { pick: { [policy]: {} } });
    const simulated = withinSecond(simulate(straggler(), choosers, seed));
    const name = `${policy}: Linkerd 2016`;
    return { name, known, simulated, tolerance, unit: '%' };
  });
}
