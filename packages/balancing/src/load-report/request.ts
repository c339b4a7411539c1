import { WireReader } from './wire.js';

const VARINT = 0;
const BYTES = 2;
/** Greatest request that is read. */
const MAX_BYTES = 8192;
/** The greatest number of milliseconds that is written or read: a day. */
const MAX_MS = 86_400_000;

/** Writes an `xds.service.orca.v3.OrcaLoadReportRequest` that asks for a report every `intervalMs`, up to a day. */
export function encodeReportRequest(intervalMs: number): Uint8Array {
  const ms = Math.min(Math.max(Math.round(intervalMs), 0), MAX_MS);
  const duration = [...varintField(1, Math.floor(ms / 1000)), ...varintField(2, (ms % 1000) * 1_000_000)];
  return Uint8Array.from([0x0a, duration.length, ...duration]);
}

/** Reads the interval of a request (ms, up to a day); 0 when it names none. Undefined: the bytes are no request. */
export function decodeReportRequest(bytes: Uint8Array): number | undefined {
  if (bytes.length > MAX_BYTES) return undefined;
  const reader = new WireReader(bytes);
  let intervalMs = 0;
  while (reader.next()) {
    if (reader.field === 1 && reader.type === BYTES) intervalMs = durationMs(reader);
    else reader.skip();
  }
  return reader.ok ? Math.min(intervalMs, MAX_MS) : undefined;
}

function varintField(field: number, value: number): number[] {
  const bytes = [field * 8];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  bytes.push(rest);
  return bytes;
}

function durationMs(reader: WireReader): number {
  const outerEnd = reader.enter();
  let ms = 0;
  while (reader.next()) {
    if (reader.type !== VARINT) reader.skip();
    else if (reader.field === 1) ms += reader.varint() * 1000;
    else if (reader.field === 2) ms += reader.varint() / 1_000_000;
    else reader.skip();
  }
  reader.leave(outerEnd);
  return ms;
}
