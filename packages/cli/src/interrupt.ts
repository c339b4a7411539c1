const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Listens for the signals that ask a program to end. */
export interface Interrupt {
  /** Aborts at the first of SIGINT, SIGTERM and SIGHUP. */
  readonly signal: AbortSignal;
  /** Resolves when that has happened. */
  readonly happened: Promise<void>;
  /** Listens no longer. Idempotent. */
  dispose(): void;
}

interface SignalSource {
  on(name: (typeof SIGNALS)[number], listener: () => void): unknown;
  off(name: (typeof SIGNALS)[number], listener: () => void): unknown;
}

/** Catches the first signal, so that the work can end in order; a second one ends the process as if nobody listened. */
export function listenForInterrupt(source: SignalSource = process): Interrupt {
  const controller = new AbortController();
  const { signal } = controller;
  const dispose = (): void => {
    for (const name of SIGNALS) source.off(name, stop);
  };
  const stop = (): void => {
    dispose();
    controller.abort();
  };
  for (const name of SIGNALS) source.on(name, stop);
  const happened = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  return { signal, happened, dispose };
}
