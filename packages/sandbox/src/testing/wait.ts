import type { ClusterApi } from '../api/store.js';
import { SandboxError } from '../errors.js';
import type { WaitOptions } from './contract.js';

/** What is waited for. */
export interface Wanted<T> extends WaitOptions {
  /** As the first words of the message: `Deployment default/echo: 5 ready endpoints`. */
  readonly what: string;
  /** Plural names of the kinds whose changes may bring it about. */
  readonly resources: readonly string[];
  /** What has come; undefined: not yet. */
  check(): T | undefined;
  /** What there is instead, for the message. */
  instead(): string;
}

const DEFAULT_MS = 30_000;

/** Waits until a look at the cluster's objects finds something; looks again after every change. */
export function waitUntil<T>(api: ClusterApi, wanted: Wanted<T>): Promise<T> {
  const { what, resources, instead, timeoutMs = DEFAULT_MS, signal } = wanted;
  if (!(timeoutMs > 0)) {
    const message = `timeoutMs ${timeoutMs}: a number of milliseconds above 0 is accepted`;
    return Promise.reject(new SandboxError('OPTION_INVALID', message));
  }
  return new Promise<T>((resolve, reject) => {
    const ends: (() => void)[] = [];
    const settle = (outcome: () => void): void => {
      for (const end of ends.splice(0)) end();
      outcome();
    };
    const look = (): void => {
      try {
        const found = wanted.check();
        if (found !== undefined) settle(() => resolve(found));
      } catch (error) {
        settle(() => reject(error));
      }
    };
    const abort = (): void => settle(() => reject(signal?.reason));
    const late = (): void =>
      settle(() => {
        const message = `${what}: not within ${timeoutMs / 1000} s; ${instead()}`;
        reject(new SandboxError('TIMED_OUT', message));
      });
    if (signal?.aborted) return abort();
    const timer = setTimeout(late, timeoutMs);
    signal?.addEventListener('abort', abort, { once: true });
    ends.push(
      () => clearTimeout(timer),
      () => signal?.removeEventListener('abort', abort),
      ...resources.map((resource) => api.watch(resource, look)),
    );
    look();
  });
}
