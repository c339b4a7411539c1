import type { LoadReport } from '../contract.js';
import { LATENCY_MS, REQUESTS_IN_FLIGHT } from './names.js';
import { WireReader } from './wire.js';

/** Greatest report that is read. A trailer may be as large as its server likes. */
const MAX_BYTES = 8192;

const DOUBLE = 1;
const BYTES = 2;

const NAMES = [REQUESTS_IN_FLIGHT, LATENCY_MS];

interface Figures {
  cpuUtilization?: number;
  applicationUtilization?: number;
  rps?: number;
  eps?: number;
  requestsInFlight?: number;
  latencyMs?: number;
}

/**
 * Reads an `xds.data.orca.v3.OrcaLoadReport` (gRFC A51). Unknown fields and metrics are passed over. Undefined: the
 * bytes are no such message, or more than 8 KiB.
 */
export function decodeLoadReport(bytes: Uint8Array): LoadReport | undefined {
  if (bytes.length > MAX_BYTES) return undefined;
  const reader = new WireReader(bytes);
  const figures: Figures = {};
  while (reader.next()) {
    if (reader.type === DOUBLE) readFigure(reader, figures);
    else if (reader.type === BYTES && reader.field === 8) readMetric(reader, figures);
    else reader.skip();
  }
  return reader.ok ? figures : undefined;
}

function readFigure(reader: WireReader, figures: Figures): void {
  const { field } = reader;
  const value = reader.double();
  if (field === 1) figures.cpuUtilization = value;
  else if (field === 6) figures.rps = value;
  else if (field === 7) figures.eps = value;
  else if (field === 9) figures.applicationUtilization = value;
}

/** An entry of `map<string, double>`: its key is field 1, its value field 2. */
function readMetric(reader: WireReader, figures: Figures): void {
  const outerEnd = reader.enter();
  let name: string | undefined;
  let value = 0;
  while (reader.next()) {
    if (reader.field === 1 && reader.type === BYTES) name = reader.oneOf(NAMES);
    else if (reader.field === 2 && reader.type === DOUBLE) value = reader.double();
    else reader.skip();
  }
  reader.leave(outerEnd);
  if (name === REQUESTS_IN_FLIGHT) figures.requestsInFlight = value;
  else if (name === LATENCY_MS) figures.latencyMs = value;
}
