import { connect as connectHttp2, constants as http2 } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { healthRequest, healthStatus } from './health-codec.js';
import { httpProbe } from './http-probe.js';
import type { Handler, Probe } from './pod.js';
import type { ProbeTarget } from './probe-attempt.js';
import { attempt, dialError, hostPort, portNumber, USER_AGENT } from './probe-attempt.js';
import type { ProbeResult } from './probe-state.js';

/** Makes one attempt; never rejects. */
export async function runProbe(probe: Probe | Handler, target: ProbeTarget): Promise<ProbeResult> {
  try {
    if (probe.exec) return await target.exec(probe.exec.command ?? [], target.timeoutMs, target.signal);
    if (probe.httpGet) return await httpProbe(probe.httpGet, target);
    if (probe.tcpSocket) return await tcpProbe(probe.tcpSocket, target);
    if ('grpc' in probe && probe.grpc) return await grpcProbe(probe.grpc, target);
  } catch (error) {
    return { ok: false, errored: true, message: error instanceof Error ? error.message : String(error) };
  }
  const message = 'missing probe handler: accepted are exec, grpc, httpGet, tcpSocket';
  return { ok: false, errored: true, message };
}

function tcpProbe(action: NonNullable<Probe['tcpSocket']>, target: ProbeTarget): Promise<ProbeResult> {
  const host = action.host || target.podIP;
  const port = portNumber(action.port, target.container);
  return attempt(target, `dial tcp ${hostPort(host, port)}: i/o timeout`, (end) => {
    const socket = connectTcp({ host, port });
    socket.once('connect', () => end({ ok: true }));
    socket.on('error', (error) => end({ ok: false, message: dialError(error, host, port) }));
    return () => socket.destroy();
  });
}

/** More bytes than these are no health answer. */
const HEALTH_LIMIT_BYTES = 4096;

/** One `grpc.health.v1.Health/Check` on a connection of its own, in plaintext, as the kubelet does. */
function grpcProbe(action: NonNullable<Probe['grpc']>, target: ProbeTarget): Promise<ProbeResult> {
  const address = hostPort(target.podIP, action.port);
  const body = healthRequest(action.service ?? '');
  const within = `${target.timeoutMs / 1000}s`;
  const late = `timeout: failed to connect service "${address}" within ${within}: context deadline exceeded`;
  return attempt(target, late, (end) => {
    const session = connectHttp2(`http://${address}`);
    // A stream that waits for its session hears of the trouble first, wrapped.
    const failed = (error: Error): void => {
      const reason = error.cause instanceof Error ? error.cause : error;
      end({ ok: false, message: `error: ${dialError(reason, target.podIP, action.port)}` });
    };
    session.on('error', failed);
    const stream = session.request({
      [http2.HTTP2_HEADER_METHOD]: 'POST',
      [http2.HTTP2_HEADER_PATH]: '/grpc.health.v1.Health/Check',
      [http2.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
      [http2.HTTP2_HEADER_TE]: 'trailers',
      [http2.HTTP2_HEADER_USER_AGENT]: USER_AGENT,
      'grpc-timeout': `${target.timeoutMs}m`,
    });
    let answer: Buffer = Buffer.alloc(0);
    let trailers: Readonly<Record<string, unknown>> = {};
    // A trailers-only answer carries the status in its headers.
    stream.on('response', (headers) => (trailers = headers));
    stream.on('trailers', (last) => (trailers = last));
    stream.on('data', (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length > HEALTH_LIMIT_BYTES) stream.close();
    });
    stream.on('error', failed);
    stream.on('close', () => end(healthResult(trailers, answer)));
    stream.end(body);
    return () => session.destroy();
  });
}

function healthResult(trailers: Readonly<Record<string, unknown>>, body: Buffer): ProbeResult {
  const code = Number(trailers['grpc-status'] ?? 2);
  if (code === 12)
    return {
      ok: false,
      message: 'error: this server does not implement the grpc health protocol (grpc.health.v1.Health)',
    };
  if (code !== 0) {
    const text = String(trailers['grpc-message'] ?? '');
    return { ok: false, message: `error: health rpc probe failed: rpc error: code = ${code} desc = ${text}` };
  }
  const status = healthStatus(body);
  return status === 'SERVING'
    ? { ok: true }
    : { ok: false, message: `service unhealthy (responded with "${status}")` };
}
