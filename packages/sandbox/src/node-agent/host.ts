/** What the agent is handed instead of the machine's time; `Clock` of @fairlead/discovery fits. */
export interface AgentClock {
  /** Milliseconds since the epoch. */
  now(): number;
  setTimeout(fn: () => void, ms: number): { cancel(): void; unref(): void };
}

/** Where the agent says what happens. */
export interface AgentLogger {
  debug(msg: string, fields?: Readonly<Record<string, unknown>>): void;
  info(msg: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(msg: string, fields?: Readonly<Record<string, unknown>>): void;
  error(msg: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Knows every process group that must not outlive the sandbox. */
export interface ProcessRegistry {
  /** Called right after the spawn, before anything else can happen. */
  add(pid: number): void;
  /** The group has ended. */
  remove(pid: number): void;
}

/** Longest timer of Node (ms), 24 days; a longer one would fire at once. Manifests may ask for 68 years. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The machine's time. */
export const machineClock: AgentClock = {
  now: Date.now,
  setTimeout(fn, ms) {
    const timer = setTimeout(fn, Math.min(ms, MAX_TIMER_MS));
    return { cancel: () => clearTimeout(timer), unref: () => void timer.unref() };
  },
};

/** Resolves after `ms`, or at once when `signal` aborts: the caller looks at the signal. */
export function delay(clock: AgentClock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      timer.cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
