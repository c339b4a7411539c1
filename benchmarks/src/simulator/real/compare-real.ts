import { p99, quantile } from '../compare.js';
import { onAll, POLICIES, type Policy } from '../contestants.js';
import type { Outcome } from '../record.js';
import type { Section } from '../report.js';
import { simulate } from '../simulate.js';
import { runReal } from './run.js';
import { SCENARIOS } from './scenarios.js';

/**
 * Not `weightedRoundRobin`: it goes by how busy processes are, and here one process has all servers. Not `pickFirst` and
 * `ringHash`, which do not even out load.
 */
const RUN: readonly Policy[] = ['roundRobin', 'leastRequest', 'peakEwma', 'loadAware'];

/** How far real p99 ÷ simulated p99 may be from 1. */
const LEAST = 0.8;
const MOST = 1.25;

/** What network and machine add to a call (p99) may be this part of the simulated p99: above it nothing can be said. */
const NOISE = 0.1;

/** A policy in virtual and in real time. */
export interface Agreement {
  readonly scenario: string;
  readonly policy: string;
  readonly simulated: Tail;
  readonly real: Tail;
  /** Real calls that were answered at once. */
  readonly empty: Tail;
}

interface Tail {
  readonly p50: number;
  readonly p99: number;
}

export type Verdict = 'agrees' | 'DISAGREES' | 'noisy run';

/** Whether both agree; a machine that holds up calls by itself can only agree. */
export function verdict({ simulated, real, empty }: Agreement): Verdict {
  const ratio = real.p99 / simulated.p99;
  if (ratio >= LEAST && ratio <= MOST) return 'agrees';
  return empty.p99 > NOISE * simulated.p99 ? 'noisy run' : 'DISAGREES';
}

function tail(outcome: Outcome, timeoutMs: number): Tail {
  return { p50: quantile(outcome.latencies, 0.5), p99: p99(outcome, timeoutMs) };
}

/** Runs the policies in every scenario in virtual and in real time: the same calls, and the same fate of servers. */
export async function compareReal(seed: number, progress: (text: string) => void): Promise<Agreement[]> {
  const agreements: Agreement[] = [];
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    progress(`${name}: ${scenario.endMs / 1000} s`);
    const { timeoutMs } = scenario;
    const policies = RUN.map((policy) => POLICIES[policy]);
    const { outcomes, empty } = await runReal({ name, scenario }, policies, seed);
    for (const [i, { name: policy, choosers }] of onAll(RUN).entries()) {
      const real = outcomes[i];
      if (real === undefined) continue;
      agreements.push({
        scenario: name,
        policy,
        simulated: tail(simulate(scenario, choosers, seed), timeoutMs),
        real: tail(real, timeoutMs),
        empty: tail(empty, timeoutMs),
      });
    }
  }
  return agreements;
}

export function realSection(agreements: readonly Agreement[]): Section {
  const rows = agreements.map((agreement) => {
    const { scenario, policy, simulated, real, empty } = agreement;
    return [
      `${scenario}, ${policy}`,
      simulated.p50.toFixed(0),
      real.p50.toFixed(0),
      (real.p50 / simulated.p50).toFixed(2),
      simulated.p99.toFixed(0),
      real.p99.toFixed(0),
      (real.p99 / simulated.p99).toFixed(2),
      empty.p99.toFixed(0),
      verdict(agreement),
    ];
  });
  const head = ['ms', 'p50 simulated', 'real', '÷', 'p99 simulated', 'real', '÷', 'empty call', ''];
  return { title: `Simulated and real: p99 within ${LEAST} to ${MOST}`, rows: [head, ...rows] };
}
