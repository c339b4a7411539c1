import { bindFailure } from './bind-failure.js';
import type { PodEvent } from './events.js';
import { execCommand } from './exec-probe.js';
import { startFunction } from './function-image.js';
import { runHook } from './hook.js';
import type { AgentClock } from './host.js';
import type { LogFile } from './log-file.js';
import type { Container, Handler, Probe } from './pod.js';
import type { ProbeTarget } from './probe-attempt.js';
import type { ProbeResult } from './probe-state.js';
import { Prober } from './prober.js';
import type { GroupProcess, ProcessExit, ProcessSpec } from './process.js';
import { localArgv, startProcess } from './process.js';
import type { Stragglers } from './stragglers.js';
import { ContainerConsole, withConsole } from './streams/container-console.js';
import { Termination } from './termination.js';

/** What one run of a container starts from. */
interface RunOptions {
  readonly clock: AgentClock;
  readonly podIP: string;
  readonly container: Container;
  readonly spec: ProcessSpec;
  readonly log: LogFile;
  readonly stragglers: Stragglers;
  /** Grace of an end that no deletion asked for (ms). */
  readonly graceMs: number;
  /** Why the container is ended, for an Event: what has failed, and what comes of it. */
  failure(what: string): string;
  emit(type: PodEvent['type'], reason: string, message: string): void;
  /** The startup probe succeeded, or there is none. */
  started(): void;
  ready(ready: boolean): void;
}

/** How a run ended. */
export interface RunEnd extends ProcessExit {
  /** Why, as far as it is known. */
  readonly message?: string;
}

/** The end of the error output that is searched for the reason of an exit (bytes). */
const STDERR_TAIL_BYTES = 4096;
/** Longest time that a postStart hook may take (ms). */
const POST_START_MS = 60_000;

/** One run of a container, from the start of its process to the end: hooks, probes, output, termination. */
export class ContainerRun {
  readonly #options: RunOptions;
  readonly #process: GroupProcess;
  #prober: Prober | undefined;
  #termination: Termination | undefined;
  #stderr = '';
  #over = false;
  /** Resolves when the process has ended. */
  readonly ended: Promise<RunEnd>;
  /** Resolves when nothing of it is left, also not what left its process group. */
  readonly gone: Promise<void>;
  /** What clients attach to. */
  readonly console: ContainerConsole;

  constructor(options: RunOptions) {
    const { spec, log, stragglers, container } = options;
    this.#options = options;
    this.console = new ContainerConsole(spec, container, () => this.#process);
    const output: Pick<LogFile, 'write'> = {
      write: (stream, chunk) => {
        log.write(stream, chunk);
        this.console.wrote(stream, chunk);
        if (stream === 'stderr') this.#stderr = (this.#stderr + chunk.toString()).slice(-STDERR_TAIL_BYTES);
      },
    };
    const { run, env } = spec;
    this.#process = run
      ? startFunction(run, { env, log: output })
      : startProcess(withConsole(spec, container), output);
    void this.#process.closed.then(() => log.end());
    this.ended = this.#process.exited.then((exit) => this.#end(exit));
    this.gone = this.#process.exited.then(() => stragglers.end(spec.env.POD_ROOT ?? ''));
    if (this.pid !== undefined) void this.#afterStart();
  }

  /** Absent when the process could not be started. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** How another command runs beside it: with its environment, its working directory and its mounts. */
  beside(argv: readonly string[]): ProcessSpec {
    const { launch, ...spec } = this.#options.spec;
    return launch && this.pid !== undefined
      ? { ...spec, argv: launch.join(this.pid, localArgv(argv)) }
      : { ...spec, argv };
  }

  /** SIGKILL to the process group, as a crash would. */
  kill(): void {
    this.#process.signal('SIGKILL');
  }

  /**
   * preStop, SIGTERM when `turn` resolves, and SIGKILL after `graceMs`; may be called again with a shorter time, the
   * first call's turn counts.
   */
  terminate(graceMs: number, reason: string, turn?: Promise<void>): void {
    if (this.#over || this.pid === undefined) return;
    if (this.#termination) {
      this.#termination.shorten(graceMs);
      return;
    }
    const { clock, container, emit } = this.#options;
    emit('Normal', 'Killing', reason);
    this.#prober?.terminating();
    const preStop = container.lifecycle?.preStop;
    this.#termination = new Termination({
      clock,
      process: this.#process,
      graceMs,
      ...(turn ? { turn } : {}),
      ...(preStop ? { preStop: () => this.#preStop(preStop, graceMs) } : {}),
    });
  }

  /** Probes begin when the postStart hook is over; its failure ends the container. */
  async #afterStart(): Promise<void> {
    const { container, graceMs, emit } = this.#options;
    const hook = container.lifecycle?.postStart;
    await this.#process.begun;
    const result = hook ? await this.#hook(hook, POST_START_MS) : { ok: true };
    // Whoever made this run has taken note of it by then.
    await Promise.resolve();
    if (this.#over) return;
    if (!result.ok) {
      emit('Warning', 'FailedPostStartHook', `PostStartHook failed: ${result.message}`);
      this.terminate(graceMs, 'FailedPostStartHook');
      return;
    }
    this.#prober = this.#probe();
    if (this.#termination) this.#prober.terminating();
  }

  #probe(): Prober {
    const { clock, podIP, container, emit, started, ready } = this.#options;
    return new Prober({
      clock,
      target: {
        podIP,
        container,
        exec: this.#exec,
      },
      listener: {
        started,
        ready,
        noticed: (reason, message) => emit('Warning', reason, message),
        failed: (kind, probe) => this.#probeFailed(kind, probe),
      },
    });
  }

  #probeFailed(kind: string, { terminationGracePeriodSeconds: seconds }: Probe): void {
    const { graceMs, failure } = this.#options;
    const what = failure(`failed ${kind.toLowerCase()} probe`);
    this.terminate(seconds === undefined ? graceMs : seconds * 1000, what);
  }

  #hook(hook: Handler, timeoutMs: number): Promise<ProbeResult> {
    const { clock, podIP, container } = this.#options;
    return runHook(hook, { clock, podIP, container, exec: this.#exec, process: this.#process, timeoutMs });
  }

  readonly #exec: ProbeTarget['exec'] = (command, timeoutMs, signal) =>
    execCommand(this.beside(command), { command, timeoutMs, signal });

  async #preStop(hook: Handler, graceMs: number): Promise<void> {
    const result = await this.#hook(hook, graceMs);
    if (!result.ok)
      this.#options.emit('Warning', 'FailedPreStopHook', `PreStopHook failed: ${result.message}`);
  }

  async #end(exit: ProcessExit): Promise<RunEnd> {
    const { container, podIP, emit } = this.#options;
    this.#over = true;
    this.#prober?.stop();
    this.#termination?.end();
    if (exit.startError) {
      emit('Warning', 'Failed', `Error: ${exit.startError}`);
      return { ...exit, message: exit.startError };
    }
    if (exit.exitCode === 0 || this.#termination !== undefined) return exit;
    // What the program said last may be on its way when it has ended.
    await this.#process.closed;
    const unbound = bindFailure(this.#stderr, podIP);
    if (unbound === undefined) return exit;
    emit('Warning', 'FailedBind', `Container ${container.name} ended with ${exit.exitCode}: ${unbound}`);
    return { ...exit, message: unbound };
  }
}
