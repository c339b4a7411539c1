import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { decodeLoadReport, encodeLoadReport, type LoadReport } from '@fairlead/balancing';
import { loadSync, type ServiceDefinition } from '@grpc/proto-loader';
import { seededRandom } from '#commands/random.js';
import type { Benchmark } from '../benchmark.js';
import { cpuMicroseconds } from '../clock.js';
import { type Contestant, interleave, perRound, ratio, type Samples } from '../interleave.js';
import { createRow, type Row } from '../rows.js';

/** Reports of one measurement: some milliseconds, beside which reading the clock is nothing. */
const REPORTS = 20_000;
const ROUNDS = 30;
const WARMUP_ROUNDS = 8;
const GOAL_NS = 1000;
/** What reading may cost ÷ what proto-loader, which grpc-js brings along, needs for it. */
const GOAL_RATIO = 0.1;
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

/** As grpc-js loads it. */
const PROTO_OPTIONS = { keepCase: true, longs: String, enums: String, defaults: true, oneofs: true };

/** What proto-loader makes of the .proto files that grpc-js carries: its reader is made once, which grpc-js does not do. */
function protoReader(): (at: number) => number {
  const protos = join(dirname(createRequire(import.meta.url).resolve('@grpc/grpc-js/package.json')), 'proto');
  const includeDirs = ['', 'xds', 'protoc-gen-validate'].map((folder) => join(protos, folder));
  const loaded = loadSync('xds/service/orca/v3/orca.proto', { ...PROTO_OPTIONS, includeDirs });
  const service = loaded['xds.service.orca.v3.OpenRcaService'] as ServiceDefinition;
  const { responseDeserialize } = service.StreamCoreMetrics!;
  const bytes = written.map((report) => Buffer.from(report));
  return (at) => (responseDeserialize(bytes[at]!) as { rps_fractional: number }).rps_fractional;
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
    const [writing, reading, proto] = [timed(write), timed(read), timed(protoReader())];
    const samples: Samples<string> = await interleave<string>(
      { write: writing, 'write again': writing, read: reading, 'read again': reading, proto },
      { rounds: ROUNDS, warmupRounds: WARMUP_ROUNDS, random: seededRandom(1) },
    );
    if (seen === 0) throw new Error('no report was written or read');
    const { read: subject = [], 'read again': again = [], proto: peer = [] } = samples;
    const beside = createRow({
      id: 'load-report/read, ÷ proto-loader',
      n: 1,
      unit: 'ns',
      subject,
      again,
      ratios: perRound(ratio, subject, peer),
      goal: GOAL_RATIO,
    });
    return [...['write', 'read'].map((what) => rowOf(what, samples)), beside];
  },
};
