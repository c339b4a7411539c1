import { Worker } from 'node:worker_threads';
import { CurrentInput } from './current-input.js';
import type { Finding, Progress } from './finding.js';

/** What a thread is started with. */
export interface Task {
  readonly name: string;
  readonly seed: number;
  readonly forMs: number;
  readonly buffer: SharedArrayBuffer;
}

/** What a thread tells. */
export type FromWorker = { readonly finding: Finding } | { readonly progress: Progress };

export interface RunOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly signal: AbortSignal;
  found(finding: Finding): void;
  progress(progress: Progress): void;
}

/** An input that is not through after so long hangs (ms). */
const HANG_MS = 30_000;
const LOOK_EVERY_MS = 1_000;
/** What a run may keep at most (MB): the corpus, the code and one input's worth of work. */
const MOST_HEAP_MB = 600;
/** Buffers are not on the heap: the whole process may have so much (MB). */
const MOST_MEMORY_MB = 2_000;
/** A thread that ended early is started again so often. */
const MOST_RESTARTS = 5;

/** Fuzzes a target in a thread of its own, which may hang or fill its memory: both are findings. */
export async function runTarget(name: string, options: RunOptions): Promise<void> {
  const endMs = performance.now() + options.seconds * 1_000;
  for (let restart = 0; restart <= MOST_RESTARTS; restart++) {
    const forMs = endMs - performance.now();
    if (forMs <= 0 || options.signal.aborted) return;
    const problem = await runThread({ name, forMs, seed: options.seed + restart }, options);
    if (problem === undefined) return;
    options.found(problem);
  }
}

/** Runs one thread to its end; what ended it early, or undefined. */
function runThread(
  task: Omit<Task, 'buffer'>,
  { signal, found, progress }: RunOptions,
): Promise<Finding | undefined> {
  const current = new CurrentInput();
  current.end();
  const worker = new Worker(new URL('./worker.js', import.meta.url), {
    workerData: { ...task, buffer: current.buffer },
    resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MB },
  });
  return new Promise((resolve) => {
    let problem: Finding | undefined;
    const end = (text: string): void => {
      problem ??= { problem: text, input: current.line ?? '' };
      void worker.terminate();
    };
    const watchdog = watch(current, end);
    // It closes what it has opened; when it hangs, the watchdog ends it.
    const stop = (): void => current.stop();
    signal.addEventListener('abort', stop);
    worker.on('message', (message: FromWorker) => {
      if ('finding' in message) found(message.finding);
      else progress(message.progress);
    });
    worker.on('error', (error: Error & { code?: string }) => {
      const memory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      end(memory ? `more than ${MOST_HEAP_MB} MB of heap` : (error.stack ?? String(error)));
    });
    worker.on('exit', () => {
      clearInterval(watchdog);
      signal.removeEventListener('abort', stop);
      resolve(problem);
    });
  });
}

/** Calls back when one input is being checked for too long, or the process grows too large. */
function watch(current: CurrentInput, onTrouble: (problem: string) => void): NodeJS.Timeout {
  let count = -1;
  let sinceMs = 0;
  return setInterval(() => {
    const nowMs = performance.now();
    if (process.memoryUsage.rss() > MOST_MEMORY_MB * 2 ** 20)
      onTrouble(`more than ${MOST_MEMORY_MB} MB of memory`);
    if (current.count !== count || current.line === undefined) {
      count = current.count;
      sinceMs = nowMs;
    } else if (nowMs - sinceMs > HANG_MS) onTrouble(`an input is not through after ${HANG_MS} ms`);
  }, LOOK_EVERY_MS);
}
