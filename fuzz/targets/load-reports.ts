import { isDeepStrictEqual } from 'node:util';
import {
  createPipeline,
  decodeLoadReport,
  decodeReportRequest,
  encodeLoadReport,
  encodeReportRequest,
  type LoadReport,
  policyConfig,
  type Slot,
} from '@fairlead/balancing';
import { bytesForm } from '../forms/bytes.js';
import { Dice } from '../random.js';
import { type FuzzTarget, hold } from '../target.js';

const KEYS = ['a', 'b', 'c'];
const NO_HEADERS = { header: () => undefined };

/** Calls that are on their way at a time. */
const OPEN = 12;

/** Three servers, of which one sends the report; all three must still be called. */
function judgeCalls(policy: string, report: LoadReport): void {
  let nowMs = 1_000;
  const dice = new Dice(1);
  const pipeline = createPipeline(policyConfig(policy), { now: () => nowMs, random: () => dice.next() });
  const candidates = KEYS.map((key) => ({ key, ready: true, serving: true, terminating: false }));
  for (const key of pipeline.update(candidates).connect) pipeline.connection(key, 'ready');
  const called = new Set<string>();
  const open: Slot[] = [];
  for (let i = 0; i < 300; i++) {
    nowMs += 100;
    for (const key of KEYS) {
      pipeline.report(
        key,
        key === 'a' ? report : { requestsInFlight: 1, latencyMs: 1, rps: 9, cpuUtilization: 1 },
      );
    }
    pipeline.wake();
    const slot = pipeline.pick(NO_HEADERS);
    hold(slot !== null, 'nothing was picked');
    called.add(slot.key);
    pipeline.started(slot);
    open.push(slot);
    const [first] = open;
    if (first !== undefined && open.length > OPEN) {
      pipeline.ended(first, { code: 0, latencyMs: 1, streaming: false });
      open.shift();
    }
    pipeline.endOfTurn();
  }
  hold(called.has('b') && called.has('c'), `only ${[...called].join(', ')} was called`);
}

function finite(report: LoadReport): object {
  return Object.fromEntries(Object.entries(report).filter(([, value]) => Number.isFinite(value)));
}

function judge(bytes: Buffer): void {
  const report = decodeLoadReport(bytes);
  if (report !== undefined) {
    hold(
      Object.values(report).every((value) => typeof value === 'number'),
      'a figure is no number',
    );
    const again = decodeLoadReport(encodeLoadReport(report));
    hold(isDeepStrictEqual(again, finite(report)), 'written out it is read as something else');
    judgeCalls('loadAware', report);
    judgeCalls('weightedRoundRobin', report);
  }
  const intervalMs = decodeReportRequest(bytes);
  if (intervalMs === undefined) return;
  hold(intervalMs >= 0 && intervalMs <= 86_400_000, `an interval of ${intervalMs} ms`);
  const whole = Math.round(intervalMs);
  hold(decodeReportRequest(encodeReportRequest(whole)) === whole, 'written out it is another interval');
}

const METRICS = new Map([
  ['queue', 3],
  ['fairlead.requests_in_flight', 1e12],
]);

/** ORCA load reports and requests for them: bytes that a server, or a client, sends. */
export const loadReports: FuzzTarget<Buffer> = {
  name: 'load-reports',
  about:
    'bytes of load reports and of requests for them: none throws, and no report keeps calls from the others',
  form: bytesForm(
    [
      [0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x7f],
      [0x31, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f],
      [0x39, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xef, 0x7f],
      [0x49, 1, 0, 0, 0, 0, 0, 0, 0x80],
      [0x42, 0x0b],
      [0x0a, 0x80],
      [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
    ].map((word) => Buffer.from(word)),
  ),
  seeds: () =>
    [
      encodeLoadReport({ cpuUtilization: 0.5, rps: 100, eps: 1 }),
      encodeLoadReport(
        { requestsInFlight: 4, latencyMs: 12.5, applicationUtilization: 0.9, rps: 7 },
        METRICS,
      ),
      encodeReportRequest(2_260),
      encodeReportRequest(86_400_000),
      new Uint8Array(),
    ].map((bytes) => Buffer.from(bytes)),
  open: () => ({ check: judge }),
};
