import { KUBERNETES_MINOR } from '../kubernetes-version.js';
import { machineClock } from './host.js';
import type { Container } from './pod.js';
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

/** Who the kubelet says that it is. */
export const USER_AGENT = `kube-probe/1.${KUBERNETES_MINOR}`;

/** A port by number, or by the name that the container gives it. */
export function portNumber(port: number | string, container: Container): number {
  const number = Number(port);
  if (Number.isInteger(number) && number > 0 && number < 65_536) return number;
  const named = container.ports?.find(({ name }) => name !== undefined && name === port)?.containerPort;
  if (named === undefined) throw new Error(`couldn't find port: ${port} in container ${container.name}`);
  return named;
}

/** `host:port`, for a URL. */
export const hostPort = (host: string, port: number): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

/** An I/O error in the words of the kubelet's Go runtime, which people search for. */
export function dialError(error: NodeJS.ErrnoException, host: string, port: number): string {
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
export function attempt(
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
