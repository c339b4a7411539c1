import type { LoadReport } from '../contract.js';
import { LATENCY_MS, REQUESTS_IN_FLIGHT } from './names.js';

/** Figures of the application's own, by name. */
export type NamedMetrics = ReadonlyMap<string, number>;

const NONE: NamedMetrics = new Map();
const encoder = new TextEncoder();
/** Tags of fields with eight bytes. */
const CPU = 0x09;
const RPS = 0x31;
const EPS = 0x39;
const APPLICATION = 0x49;
/** Tag of `named_metrics`, and of the key and the value of one. */
const METRIC = 0x42;
const KEY = 0x0a;
const VALUE = 0x11;
/** A tag and a double. */
const FIGURE_BYTES = 9;
/** The length of an entry must fit into one byte of a varint. */
const MAX_KEY_BYTES = 127 - 2 - FIGURE_BYTES;
/** All that is no metric, and one metric at its longest. */
const FIGURES_BYTES = 4 * FIGURE_BYTES;
const MAX_METRIC_BYTES = 4 + MAX_KEY_BYTES + FIGURE_BYTES;

/** The bytes of a name, up to what a short entry holds; names are few and the same again and again. */
const keys = new Map<string, Uint8Array>();
const MAX_KEYS = 1000;

function keyOf(name: string): Uint8Array {
  let key = keys.get(name);
  if (key === undefined) {
    const bytes = new Uint8Array(MAX_KEY_BYTES);
    // It writes whole characters only: others refuse text that is cut within one.
    key = bytes.slice(0, encoder.encodeInto(name, bytes).written);
    if (keys.size < MAX_KEYS) keys.set(name, key);
  }
  return key;
}

/** Writes one report after the other into the same bytes, of which each report is a copy. */
class ReportWriter {
  private bytes = new Uint8Array(1024);
  private view = new DataView(this.bytes.buffer);
  private at = 0;

  begin(metrics: number): void {
    this.at = 0;
    const size = FIGURES_BYTES + metrics * MAX_METRIC_BYTES;
    if (size <= this.bytes.length) return;
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
  }

  figure(tag: number, value: number | undefined): void {
    if (value === undefined || !Number.isFinite(value)) return;
    this.bytes[this.at] = tag;
    this.view.setFloat64(this.at + 1, value, true);
    this.at += FIGURE_BYTES;
  }

  metric(name: string, value: number | undefined): void {
    if (value === undefined || !Number.isFinite(value)) return;
    const { bytes, at } = this;
    const key = keyOf(name);
    const { length } = key;
    bytes[at] = METRIC;
    bytes[at + 1] = 2 + length + FIGURE_BYTES;
    bytes[at + 2] = KEY;
    bytes[at + 3] = length;
    // A key is short: a loop costs less than a call into the engine.
    for (let i = 0; i < length; i++) bytes[at + 4 + i] = key[i] ?? 0;
    this.at = at + 4 + length;
    this.figure(VALUE, value);
  }

  end(): Uint8Array {
    return this.bytes.slice(0, this.at);
  }
}

const writer = new ReportWriter();

/**
 * Writes an `xds.data.orca.v3.OrcaLoadReport` (gRFC A51). What is undefined or no finite number is left out. A name of
 * more than 116 bytes is cut.
 */
export function encodeLoadReport(report: LoadReport, metrics: NamedMetrics = NONE): Uint8Array {
  writer.begin(metrics.size + 2);
  writer.figure(CPU, report.cpuUtilization);
  writer.figure(RPS, report.rps);
  writer.figure(EPS, report.eps);
  writer.figure(APPLICATION, report.applicationUtilization);
  writer.metric(REQUESTS_IN_FLIGHT, report.requestsInFlight);
  writer.metric(LATENCY_MS, report.latencyMs);
  for (const [name, value] of metrics) writer.metric(name, value);
  return writer.end();
}
