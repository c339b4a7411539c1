import type { ServerHttp2Stream } from 'node:http2';
import {
  ASK_HEADER,
  decodeReportRequest,
  encodeLoadReport,
  REPORT_TRAILER,
  STREAM_METHOD,
} from '@fairlead/balancing';
import { type Answerer, EMPTY_MESSAGE, HEADERS } from './grpc-ports.js';

/** Length of a gRPC message before the message itself. */
const PREFIX_BYTES = 5;

/** What every server says it takes for a call (ms). */
const LATENCY_MS = 1;

function hostOf(stream: ServerHttp2Stream): string {
  return stream.session?.socket.localAddress ?? '';
}

function message(bytes: Uint8Array): Buffer {
  const framed = Buffer.alloc(PREFIX_BYTES + bytes.length);
  framed.writeUInt32BE(bytes.length, 1);
  framed.set(bytes, PREFIX_BYTES);
  return framed;
}

/**
 * Answers as a server with the load reports of `@fairlead/server` does: in the trailers of calls that ask, and on
 * streams. Each address counts its own calls in flight.
 */
export function reportingAnswerer(): Answerer {
  const inFlight = new Map<string, number>();
  const count = (host: string, by: number): void => {
    inFlight.set(host, (inFlight.get(host) ?? 0) + by);
  };
  const report = (host: string): Uint8Array =>
    encodeLoadReport({
      cpuUtilization: 0.1,
      rps: 100,
      eps: 0,
      requestsInFlight: inFlight.get(host) ?? 0,
      latencyMs: LATENCY_MS,
    });
  return (stream, headers) => {
    const host = hostOf(stream);
    if (headers[':path'] === STREAM_METHOD) {
      stream.once('data', (bytes: Buffer) => {
        const intervalMs = decodeReportRequest(bytes.subarray(PREFIX_BYTES)) ?? 0;
        stream.respond(HEADERS);
        const send = (): void => void stream.write(message(report(host)));
        const timer = setInterval(send, Math.max(intervalMs, 100));
        stream.on('close', () => clearInterval(timer));
        send();
      });
      return;
    }
    count(host, 1);
    stream.resume();
    stream.respond(HEADERS, { waitForTrailers: true });
    stream.on('wantTrailers', () => {
      count(host, -1);
      const asked = headers[ASK_HEADER] !== undefined;
      const said = asked ? { [REPORT_TRAILER]: Buffer.from(report(host)).toString('base64') } : {};
      stream.sendTrailers({ 'grpc-status': '0', ...said });
    });
    stream.end(EMPTY_MESSAGE);
  };
}
