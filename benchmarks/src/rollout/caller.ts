import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ChannelOptions } from '@grpc/grpc-js';

/** The one method of the pods. */
export const CALL_PATH = '/fairlead.bench.Wait/Wait';

/** Whom a caller calls, and how. */
export interface CallerOptions {
  readonly target: string;
  readonly channelOptions: ChannelOptions;
}

/** What became of the calls that began since the last question, as far as they have ended. */
export interface Taken {
  readonly ended: number;
  /** When the calls began that failed (`monotonicMs`). */
  readonly failedBeganMs: readonly number[];
  /** How long those took that did not fail (ms). */
  readonly latencies: readonly number[];
}

/** A client in a process of its own that calls at a steady rate, whatever comes of it. */
export class Caller {
  private readonly child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.child = child;
  }

  /** Resolves once a call has been answered. */
  static async start(options: CallerOptions): Promise<Caller> {
    const child = fork(fileURLToPath(new URL('./calls.js', import.meta.url)), [JSON.stringify(options)], {
      // grpc-js asks the DNS server that a target names only with its own resolver.
      env: { ...process.env, GRPC_NODE_USE_ALTERNATIVE_RESOLVER: 'true' },
    });
    await answerOf(child);
    return new Caller(child);
  }

  take(): Promise<Taken> {
    const answer = answerOf(this.child) as Promise<Taken>;
    this.child.send('take');
    return answer;
  }

  close(): void {
    this.child.disconnect();
  }
}

/** The next message of the process; rejects when it ends. */
async function answerOf(child: ChildProcess): Promise<unknown> {
  const abort = new AbortController();
  const { signal } = abort;
  const gone = once(child, 'exit', { signal }).then(() => {
    throw new Error('the process of a caller ended');
  });
  try {
    const [answer] = await Promise.race([once(child, 'message', { signal }), gone]);
    return answer;
  } finally {
    gone.catch(() => {});
    abort.abort();
  }
}
