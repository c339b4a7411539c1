import type { CallRegistry } from './call-registry.js';
import type { Timer } from './clock.js';
import type { ResolvedOptions } from './options.js';

/** What became of a drain. */
export interface DrainResult {
  /** The signal that asked for it; null when `drain()` did. */
  readonly signal: NodeJS.Signals | null;
  /** Calls that ended by themselves since the drain began, without health calls. */
  readonly finished: number;
  /** Calls that were ended with UNAVAILABLE, or whose answer could not be delivered. */
  readonly cut: number;
  readonly tookMs: number;
}

/** A server that can be stopped, whatever framework hides it. */
export interface StoppableServer {
  /** Stops listening, says GOAWAY, and resolves when the last call has ended. */
  stop(): unknown;
  /** Destroys what is still open. */
  force(): unknown;
}

/**
 * How long the statuses of cut calls may take to reach clients that do not read, before their connections are
 * destroyed. Clients that do read are done within a round trip, and then nothing is waited for.
 */
const FLUSH_MS = 500;
/**
 * After so long without a call, connections that the shutdown still waits for are destroyed: clients have long received
 * GOAWAY then. A connection on which nobody speaks HTTP/2 would hold the shutdown of grpc-js for ever.
 */
const QUIET_MS = 1_000;
/** What `beforeClose` gets even when the calls used up all of graceMs. */
const MIN_BEFORE_CLOSE_MS = 1_000;

/** A server with what is known of its calls. */
export interface DrainedServer extends StoppableServer {
  /** Whether the registry knows every call of it. */
  readonly counted: boolean;
}

/** What a drain works on. */
interface DrainHow {
  readonly options: ResolvedOptions;
  readonly servers: readonly DrainedServer[];
  readonly calls: CallRegistry;
  readonly signal: NodeJS.Signals | null;
}

/** One drain, from the notice to the last byte. It never rejects. */
export class Drain {
  /** The first signal that asked for this drain. */
  signal: NodeJS.Signals | null;
  private readonly options: ResolvedOptions;
  private readonly servers: readonly DrainedServer[];
  private readonly calls: CallRegistry;
  private started: Promise<DrainResult> | undefined;
  private skipped = false;
  private wake = (): void => {};

  constructor(how: DrainHow) {
    this.options = how.options;
    this.servers = how.servers;
    this.calls = how.calls;
    this.signal = how.signal;
  }

  /** Begins, or joins what has begun. */
  start(): Promise<DrainResult> {
    this.started ??= this.run();
    return this.started;
  }

  /** Gives up every wait that is left. */
  skip(): void {
    this.skipped = true;
    this.wake();
  }

  private async run(): Promise<DrainResult> {
    const { clock, logger, noticeMs, graceMs, health } = this.options;
    const startedAt = clock.now();
    this.calls.begin();
    await this.attempt('health could not be set to NOT_SERVING', () => health?.shutdown());
    logger.info('draining: still accepting calls until clients have learnt of it', {
      signal: this.signal,
      noticeMs,
      graceMs,
    });
    await this.wait(noticeMs);
    const graceEndsAt = clock.now() + graceMs;
    await this.attempt('health could not be closed', () => health?.close());
    this.calls.endAsides();
    await this.stopServers(graceMs);
    const leftMs = this.skipped ? 0 : graceEndsAt - clock.now();
    await this.runBeforeClose(Math.max(leftMs, MIN_BEFORE_CLOSE_MS));
    const result = { signal: this.signal, ...this.calls.counts, tookMs: clock.now() - startedAt };
    if (result.cut > 0) logger.warn('drained: calls were cut', result);
    else logger.info('drained', result);
    return result;
  }

  private async stopServers(graceMs: number): Promise<void> {
    let stopped = false;
    const stopping = Promise.all(
      this.servers.map((server) => this.attempt('a server could not be stopped', () => server.stop())),
    ).then(() => {
      stopped = true;
    });
    const quiet = this.watchQuiet();
    await this.wait(graceMs, Promise.race([stopping, quiet.reached]));
    quiet.end();
    if (stopped) return;
    if (!this.counted || this.calls.open > 0) {
      this.calls.cut();
      await this.wait(FLUSH_MS, stopping, { unskippable: true });
    }
    if (stopped) return;
    this.calls.abandon();
    for (const server of this.servers)
      await this.attempt('a server could not be forced', () => server.force());
  }

  /** Whether no server has a call that the registry does not know. */
  private get counted(): boolean {
    return this.servers.every(({ counted }) => counted);
  }

  /** Tells when there has been no call for `QUIET_MS`; never when a server has calls that nobody counts. */
  private watchQuiet(): { readonly reached: Promise<void>; end(): void } {
    const { calls, counted, options } = this;
    let timer: Timer | undefined;
    const reached = new Promise<void>((resolve) => {
      if (!counted) return;
      const look = (): void => {
        timer?.cancel();
        timer = calls.open === 0 ? options.clock.setTimeout(resolve, QUIET_MS) : undefined;
      };
      calls.onChange(look);
      look();
    });
    const end = (): void => {
      calls.onChange(() => {});
      timer?.cancel();
    };
    return { reached, end };
  }

  private async runBeforeClose(limitMs: number): Promise<void> {
    let finished = false;
    const running = this.attempt('beforeClose failed', this.options.beforeClose).then(() => {
      finished = true;
    });
    await this.wait(limitMs, running, { unskippable: this.skipped });
    if (!finished) this.options.logger.warn('beforeClose did not end in time', { limitMs });
  }

  /** Runs something of the application; what it throws is logged and stops nothing. */
  private async attempt(failure: string, run: () => unknown): Promise<void> {
    try {
      await run();
    } catch (error) {
      this.options.logger.error(failure, { error });
    }
  }

  private wait(ms: number, until?: Promise<void>, how?: { unskippable: boolean }): Promise<void> {
    const unskippable = how?.unskippable ?? false;
    if (this.skipped && !unskippable) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        timer.cancel();
        resolve();
      };
      const timer = this.options.clock.setTimeout(end, ms);
      if (!unskippable) this.wake = end;
      void until?.then(end);
    });
  }
}
