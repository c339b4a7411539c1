import { decodeLoadReport, encodeLoadReport, type LoadReport } from '@fairlead/balancing';
import { seededRandom } from '#commands/random.js';
import type { Benchmark } from '../benchmark.js';
import { cpuMicroseconds } from '../clock.js';
import { type Contestant, interleave, type Samples } from '../interleave.js';
import { createRow, type Row } from '../rows.js';

/** Reports of one measurement: some milliseconds, beside which reading the clock is nothing. */
const REPORTS = 20_000;
const ROUNDS = 30;
const WARMUP_ROUNDS = 8;
const GOAL_NS = 1000;
/** Loads that differ, so that no engine can write one report for all of them. */
const LOADS: readonly LoadReport[] = Array.from({ length: 64 }, (_, i) => ({
  cpuUtilization: 0.4 + i / 1000,
  applicationUtilization: 0.6,
  rps: 1234.5 + i,
  eps: i / 7,
  requestsInFlight: i,
  latencyMs: 4.2,
}));

/** What nobody looks at might never be done. */
let seen = 0;

/** Mean nanoseconds of one report. */
function timed(one: (at: number) => number): Contestant {
  return () => {
    const started = cpuMicroseconds();
    for (let i = 0; i < REPORTS; i++) seen += one(i & (LOADS.length - 1));
    return ((cpuMicroseconds() - started) * 1000) / REPORTS;
  };
}

function write(at: number): number {
  return encodeLoadReport(LOADS[at] ?? {}).length;
}

const written = LOADS.map((load) => encodeLoadReport(load));

function read(at: number): number {
  return decodeLoadReport(written[at] ?? new Uint8Array())?.rps ?? 0;
}

function rowOf(what: string, samples: Samples<string>): Row {
  return createRow({
    id: `load-report/${what}`,
    n: 1,
    unit: 'ns',
    subject: samples[what] ?? [],
    again: samples[`${what} again`] ?? [],
    goal: GOAL_NS,
  });
}

/** What the bytes of one load report cost: a server writes, and a client reads, one with each call that asks. */
export const loadReport: Benchmark = {
  name: 'load-report',
  about: 'writing and reading the bytes of one load report (ORCA)',
  async run() {
    const [writing, reading] = [timed(write), timed(read)];
    const samples: Samples<string> = await interleave<string>(
      { write: writing, 'write again': writing, read: reading, 'read again': reading },
      { rounds: ROUNDS, warmupRounds: WARMUP_ROUNDS, random: seededRandom(1) },
    );
    if (seen === 0) throw new Error('no report was written or read');
    return ['write', 'read'].map((what) => rowOf(what, samples));
  },
};
