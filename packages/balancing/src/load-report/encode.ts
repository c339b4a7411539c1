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

/** The bytes of a name, up to what a short entry holds; names are few and the same again and again. */
const keys = new Map<string, Uint8Array>();
const MAX_KEYS = 1000;

function keyOf(name: string): Uint8Array {
  let key = keys.get(name);
  if (key === undefined) {
    key = encoder.encode(name).slice(0, MAX_KEY_BYTES);
    if (keys.size < MAX_KEYS) keys.set(name, key);
  }
  return key;
}

/**
 * Writes an `xds.data.orca.v3.OrcaLoadReport` (gRFC A51). What is undefined or no finite number is left out. A name of
 * more than 116 bytes is cut.
 */
export function encodeLoadReport(report: LoadReport, metrics: NamedMetrics = NONE): Uint8Array {
  const named: [Uint8Array, number][] = [];
  const add = (name: string, value: number | undefined): void => {
    if (isFigure(value)) named.push([keyOf(name), value]);
  };
  add(REQUESTS_IN_FLIGHT, report.requestsInFlight);
  add(LATENCY_MS, report.latencyMs);
  for (const [name, value] of metrics) add(name, value);
  const fields = 4 * FIGURE_BYTES;
  const size = named.reduce((sum, [key]) => sum + 4 + key.length + FIGURE_BYTES, fields);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  const figure = (tag: number, value: number | undefined): void => {
    if (!isFigure(value)) return;
    bytes[at] = tag;
    view.setFloat64(at + 1, value, true);
    at += FIGURE_BYTES;
  };
  figure(CPU, report.cpuUtilization);
  figure(RPS, report.rps);
  figure(EPS, report.eps);
  figure(APPLICATION, report.applicationUtilization);
  for (const [key, value] of named) {
    bytes[at] = METRIC;
    bytes[at + 1] = 2 + key.length + FIGURE_BYTES;
    bytes[at + 2] = KEY;
    bytes[at + 3] = key.length;
    bytes.set(key, at + 4);
    at += 4 + key.length;
    figure(VALUE, value);
  }
  return bytes.subarray(0, at);
}

function isFigure(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value);
}
