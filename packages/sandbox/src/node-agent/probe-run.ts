import { request as httpRequest } from 'node:http';
import { connect as connectHttp2, constants as http2 } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { KUBERNETES_MINOR } from '../kubernetes-version.js';
import { healthRequest, healthStatus } from './health-codec.js';
import { machineClock } from './host.js';
import type { Container, Handler, HttpGetAction, Probe } from './pod.js';
import type { ProbeResult } from './probe-state.js';

/** Where and how a probe or hook of one container is run. */
export interface ProbeTarget {
  readonly podIP: string;
  readonly container: Container;
  readonly timeoutMs: number;
  /** Ends the attempt early: nobody waits for its result any more. */
  readonly signal: AbortSignal;
  /** Runs a command beside the container. */
  exec(command: readonly string[], timeoutMs: number, signal: AbortSignal): Promise<ProbeResult>;
}

const USER_AGENT = `kube-probe/1.${KUBERNETES_MINOR}`;

/** Makes one attempt; never rejects. */
export async function runProbe(probe: Probe | Handler, target: ProbeTarget): Promise<ProbeResult> {
  try {
    if (probe.exec) return await target.exec(probe.exec.command ?? [], target.timeoutMs, target.signal);
    if (probe.httpGet) return await httpProbe(probe.httpGet, target);
    if (probe.tcpSocket) return await tcpProbe(probe.tcpSocket, target);
    if ('grpc' in probe && probe.grpc) return await grpcProbe(probe.grpc, target);
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
  return { ok: false, message: 'missing probe handler: accepted are exec, grpc, httpGet, tcpSocket' };
}

/** A port by number, or by the name that the container gives it. */
export function portNumber(port: number | string, container: Container): number {
  const number = Number(port);
  if (Number.isInteger(number) && number > 0 && number < 65_536) return number;
  const named = container.ports?.find(({ name }) => name !== undefined && name === port)?.containerPort;
  if (named === undefined) throw new Error(`couldn't find port: ${port} in container ${container.name}`);
  return named;
}

const hostPort = (host: string, port: number): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

/** An I/O error in the words of the kubelet's Go runtime, which people search for. */
function dialError(error: NodeJS.ErrnoException, host: string, port: number): string {
  const causes: Record<string, string> = {
    ECONNREFUSED: 'connect: connection refused',
    ECONNRESET: 'read: connection reset by peer',
    EHOSTUNREACH: 'connect: no route to host',
    ETIMEDOUT: 'i/o timeout',
  };
  return `dial tcp ${hostPort(host, port)}: ${causes[error.code ?? ''] ?? error.message}`;
}

/**
 * Waits for the result that `start` hands to its argument, for the time limit or for the end of the container; then
 * calls what `start` returned, which closes everything.
 */
function attempt(
  target: ProbeTarget,
  late: string,
  start: (end: (result: ProbeResult) => void) => () => void,
): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const end = (result: ProbeResult): void => {
      timer.cancel();
      target.signal.removeEventListener('abort', abort);
      resolve(result);
      close();
    };
    const abort = (): void => end({ ok: false, message: 'the container has ended' });
    const timer = machineClock.setTimeout(() => end({ ok: false, message: late }), target.timeoutMs);
    const close = start(end);
    target.signal.addEventListener('abort', abort);
  });
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

function httpProbe(action: HttpGetAction, target: ProbeTarget): Promise<ProbeResult> {
  const scheme = (action.scheme ?? 'HTTP').toLowerCase();
  const host = action.host || target.podIP;
  const port = portNumber(action.port, target.container);
  const path = action.path?.startsWith('/') ? action.path : `/${action.path ?? ''}`;
  const url = `${scheme}://${hostPort(host, port)}${path}`;
  const headers: Record<string, string> = { 'user-agent': USER_AGENT, accept: '*/*', connection: 'close' };
  for (const { name, value } of action.httpHeaders ?? []) headers[name.toLowerCase()] = value;
  const request = scheme === 'https' ? httpsRequest : httpRequest;
  // The kubelet does not verify the certificate of a probed server either.
  const tls = scheme === 'https' ? { rejectUnauthorized: false } : {};
  const late = `Get "${url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`;
  return attempt(target, late, (end) => {
    const sent = request(url, { headers, agent: false, ...tls });
    sent.on('response', (response) => {
      const status = response.statusCode ?? 0;
      const ok = status >= 200 && status < 400;
      end(ok ? { ok } : { ok, message: `HTTP probe failed with statuscode: ${status}` });
    });
    sent.on('error', (error) => end({ ok: false, message: `Get "${url}": ${dialError(error, host, port)}` }));
    sent.end();
    return () => sent.destroy();
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
