import { join } from 'node:path';
import { ContainerRun, type RunEnd } from './container-run.js';
import type { PodEvent } from './events.js';
import { expand } from './expansion.js';
import type { AgentClock, ProcessRegistry } from './host.js';
import { delay } from './host.js';
import { type Images, imageCommand } from './image.js';
import { LogFile } from './log-file.js';
import type { Container, ContainerStatus, Pod } from './pod.js';
import { isSidecar, podLabel, timestamp } from './pod.js';
import type { ProcessSpec } from './process.js';
import { messageOf } from './refusal.js';
import type { RestartLimits } from './restart.js';
import { formatWait, RestartBackoff, restarts, restartsInit } from './restart.js';
import type { StartGate } from './start-gate.js';
import { waitingStatus } from './status.js';
import type { Stragglers } from './stragglers.js';

/** What a container needs from its pod. */
export interface ContainerHost {
  readonly clock: AgentClock;
  readonly registry: ProcessRegistry;
  readonly images: Images;
  readonly restartLimits: RestartLimits;
  readonly stragglers: Stragglers;
  readonly starts: StartGate;
  readonly podIP: string;
  /** The pod's own folder. */
  readonly folder: string;
  /** The newest pod. */
  pod(): Pod;
  /** Environment, working directory and mounts; rejects for what cannot be had yet. */
  surroundings(container: Container): Promise<Omit<ProcessSpec, 'argv' | 'registry'>>;
  emit(event: PodEvent): void;
  /** The container's status is another one. */
  changed(): void;
  /** Resolves when the API server has the newest status, or does not take it soon. */
  told(): Promise<void>;
}

/** What a container starts from. */
interface ContainerOptions {
  /** It is one of the pod's `initContainers`. */
  readonly init: boolean;
  /** Why it does not run yet: `ContainerCreating` or `PodInitializing`. */
  readonly waiting: string;
  /** Its status under an agent that is gone. */
  readonly previous?: ContainerStatus;
}

/** How often a container that cannot be created is tried again (ms). */
const CONFIG_RETRY_MS = 2000;

/** One container of a pod through all its runs, by its restart policy, until it is stopped. */
export class ContainerRunner {
  readonly #host: ContainerHost;
  readonly #name: string;
  readonly #init: boolean;
  readonly #backoff: RestartBackoff;
  readonly #stopping = new AbortController();
  readonly #logs: LogFile[] = [];
  #status: ContainerStatus;
  #run: ContainerRun | undefined;
  #pullFailed = false;
  #loop: Promise<void> | undefined;
  #onStarted: (() => void) | undefined;
  /** Resolves when the container has started for the first time: a startup probe, if any, has succeeded. */
  readonly started: Promise<void>;

  constructor(container: Container, host: ContainerHost, options: ContainerOptions) {
    this.#host = host;
    this.#name = container.name;
    this.#init = options.init;
    this.#backoff = new RestartBackoff(host.restartLimits);
    this.#status = waitingStatus(container, options.waiting, options.previous);
    this.started = new Promise((resolve) => {
      this.#onStarted = resolve;
    });
  }

  get status(): ContainerStatus {
    return this.#status;
  }

  /** The output of this run, or of the one before. */
  log(previous: boolean): LogFile | undefined {
    return this.#logs.at(previous ? -2 : -1);
  }

  /** What runs now. */
  get current(): ContainerRun | undefined {
    return this.#run?.pid === undefined ? undefined : this.#run;
  }

  /** Resolves when `run` is over, or at once when it never began. */
  async idle(): Promise<void> {
    await this.#loop;
  }

  /** Runs until the policy starts it no more or `stop` was called. */
  run(): Promise<void> {
    this.#loop ??= this.#runs().finally(() => {
      this.#loop = undefined;
    });
    return this.#loop;
  }

  /**
   * Starts the container no more and ends it within `graceMs`, not before `turn` resolves; may be called again with a
   * shorter time.
   */
  stop(graceMs: number, turn?: Promise<void>): void {
    this.#stopping.abort();
    this.#run?.terminate(graceMs, `Stopping container ${this.#name}`, turn);
  }

  /** SIGKILL to its process group, as a crash would; false when nothing runs. */
  kill(): boolean {
    this.#run?.kill();
    return this.#run?.pid !== undefined;
  }

  /** Shows why the container does not run yet. */
  waiting(reason: string, message?: string): void {
    this.#set({ state: { waiting: { reason, ...(message ? { message } : {}) } } });
  }

  async #runs(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const made = await this.#create();
      if (!made) continue;
      const release = await this.#host.starts.enter(this.#stopping.signal);
      if (this.#stopping.signal.aborted) {
        release();
        return made.log.end();
      }
      const { exitCode } = await this.#live(made.spec, made.log, release);
      if (this.#stopping.signal.aborted || !this.#restartsAfter(exitCode)) return;
      await this.#backOff();
    }
  }

  /** The newest spec: an image may be corrected while it cannot be pulled. */
  get #container(): Container {
    const { spec } = this.#host.pod();
    const all = [...(spec.initContainers ?? []), ...spec.containers];
    return all.find(({ name }) => name === this.#name) ?? { name: this.#name };
  }

  #set(change: Partial<ContainerStatus>): void {
    this.#status = { ...this.#status, ...change };
    this.#host.changed();
  }

  #emit(type: PodEvent['type'], reason: string, message: string): void {
    this.#host.emit({ type, reason, message, container: this.#name });
  }

  /** Everything that a run starts from; undefined when it cannot be had now and the wait is over. */
  async #create(): Promise<{ spec: ProcessSpec; log: LogFile } | undefined> {
    const container = this.#container;
    const command = imageCommand(container, this.#host.images);
    if ('missing' in command) {
      await this.#imageMissing(command.missing);
      return undefined;
    }
    this.#pullFailed = false;
    const { clock, folder, registry } = this.#host;
    try {
      const { launch, ...where } = await this.#host.surroundings(container);
      const argv = command.argv.map((word) => expand(word, (name) => where.env[name]));
      // A function of this process sees what this process sees.
      const how = command.run ? { run: command.run } : launch ? { launch } : {};
      const path = join(folder, 'logs', this.#name, `${this.#status.restartCount}.log`);
      const log = new LogFile(path, () => clock.now());
      return { spec: { ...where, ...how, argv, registry }, log };
    } catch (error) {
      if (this.#stopping.signal.aborted) return undefined;
      this.waiting('CreateContainerConfigError', messageOf(error));
      this.#emit('Warning', 'Failed', `Error: ${messageOf(error)}`);
      await delay(clock, CONFIG_RETRY_MS, this.#stopping.signal);
      return undefined;
    }
  }

  async #imageMissing(message: string): Promise<void> {
    const image = this.#container.image ?? '';
    if (this.#pullFailed) {
      this.waiting('ImagePullBackOff', `Back-off pulling image "${image}": ErrImagePull: ${message}`);
      this.#emit('Normal', 'BackOff', `Back-off pulling image "${image}"`);
      this.#emit('Warning', 'Failed', 'Error: ImagePullBackOff');
      await delay(this.#host.clock, this.#host.restartLimits.baseMs, this.#stopping.signal);
      return;
    }
    this.#pullFailed = true;
    this.waiting('ErrImagePull', message);
    this.#emit('Warning', 'Failed', `Failed to pull image "${image}": ${message}`);
    this.#emit('Warning', 'Failed', 'Error: ErrImagePull');
    await delay(this.#host.clock, CONFIG_RETRY_MS, this.#stopping.signal);
  }

  /** Runs the process to its end; calls `up` when it is ready, or has ended. */
  async #live(spec: ProcessSpec, log: LogFile, up: () => void): Promise<RunEnd> {
    const { clock, podIP, stragglers } = this.#host;
    this.#logs.push(log);
    if (this.#logs.length > 2) this.#logs.shift()?.remove();
    const startedAt = timestamp(clock.now());
    const run = new ContainerRun({
      ...{ clock, podIP, spec, log, stragglers },
      container: this.#container,
      graceMs: (this.#host.pod().spec.terminationGracePeriodSeconds ?? 30) * 1000,
      failure: (what) => this.#failure(what),
      emit: (type, reason, message) => this.#emit(type, reason, message),
      started: () => {
        this.#set({ started: true });
        this.#onStarted?.();
      },
      ready: (ready) => {
        up();
        // Of an init container that is to end, only its success is readiness.
        if (!this.#endsOnce && ready !== this.#status.ready) this.#set({ ready });
      },
    });
    this.#run = run;
    if (run.pid !== undefined) this.#running(run.pid, startedAt);
    const end = await run.ended;
    up();
    this.#run = undefined;
    this.#ended(end, startedAt);
    // The next start may keep this machine busy: first everybody hears that the container is not ready.
    await this.#host.told();
    await run.gone;
    return end;
  }

  #failure(what: string): string {
    if (this.#init) return `Init container ${this.#name} ${what}`;
    const again = this.#host.pod().spec.restartPolicy === 'Never' ? '' : ', will be restarted';
    return `Container ${this.#name} ${what}${again}`;
  }

  #running(pid: number, startedAt: string): void {
    const image = this.#container.image ?? '';
    this.#emit('Normal', 'Pulled', `Container image "${image}" already present on machine`);
    this.#emit('Normal', 'Created', `Created container: ${this.#name}`);
    this.#emit('Normal', 'Started', `Started container ${this.#name}`);
    this.#set({
      state: { running: { startedAt } },
      containerID: `process://${pid}`,
      imageID: `process://${image}`,
      ready: false,
      started: false,
    });
  }

  #ended({ exitCode, startError, message }: RunEnd, startedAt: string): void {
    const finishedAt = timestamp(this.#host.clock.now());
    const { containerID } = this.#status;
    const reason = startError ? 'StartError' : exitCode === 0 ? 'Completed' : 'Error';
    const terminated = {
      exitCode,
      reason,
      ...(message ? { message } : {}),
      startedAt,
      finishedAt,
      ...(containerID ? { containerID } : {}),
    };
    this.#set({ state: { terminated }, ready: this.#endsOnce && exitCode === 0, started: false });
  }

  /** Whether it is an ordinary init container: it has done its work when it has ended well. */
  get #endsOnce(): boolean {
    return this.#init && !isSidecar(this.#container);
  }

  #restartsAfter(exitCode: number): boolean {
    const policy = this.#host.pod().spec.restartPolicy;
    return this.#endsOnce ? restartsInit(policy, exitCode) : restarts(this.#container, policy, exitCode);
  }

  async #backOff(): Promise<void> {
    const { clock } = this.#host;
    const label = podLabel(this.#host.pod());
    const waitMs = this.#backoff.next(clock.now());
    const lastState = this.#status.state;
    if (waitMs > 0) {
      const message = `back-off ${formatWait(waitMs)} restarting failed container=${this.#name} pod=${label}`;
      this.#set({ state: { waiting: { reason: 'CrashLoopBackOff', message } }, lastState });
      this.#emit('Warning', 'BackOff', `Back-off restarting failed container ${this.#name} in pod ${label}`);
      await delay(clock, waitMs, this.#stopping.signal);
      // A container that was stopped while it waited has ended, not: is about to start.
      if (this.#stopping.signal.aborted) {
        this.#set({ state: lastState });
        return;
      }
    }
    this.#set({ lastState, restartCount: this.#status.restartCount + 1 });
  }
}
