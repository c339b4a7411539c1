import type { ContainerHost } from './container.js';
import { ContainerRunner } from './container.js';
import type { EventRecorder } from './events.js';
import type { ProcessRegistry } from './host.js';
import { delay } from './host.js';
import type { Images } from './image.js';
import type { Container, ContainerStatus, Pod, PodCondition } from './pod.js';
import { isSidecar, timestamp } from './pod.js';
import { deletePod } from './pod-deletion.js';
import type { HomeContext } from './pod-home.js';
import { PodHome } from './pod-home.js';
import { messageOf } from './refusal.js';
import type { RestartLimits } from './restart.js';
import type { StartGate } from './start-gate.js';
import type { PodFailure } from './status.js';
import { isTerminal, podStatus } from './status.js';
import { StatusWriter } from './status-writer.js';
import type { Stragglers } from './stragglers.js';

/** What all pods of a node share. */
export interface PodContext extends HomeContext {
  readonly registry: ProcessRegistry;
  readonly events: EventRecorder;
  readonly images: Images;
  readonly restartLimits: RestartLimits;
  readonly stragglers: Stragglers;
  readonly starts: StartGate;
}

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 5000;
/** How long a container that ended waits for its status to be written before it is started again (ms). */
const TELL_MS = 500;

/** One pod from its binding to its end. */
export class PodWorker {
  readonly #context: PodContext;
  readonly #home: PodHome;
  readonly #writer: StatusWriter;
  readonly #startTime: string;
  readonly #init: ContainerRunner[];
  readonly #main: ContainerRunner[];
  readonly #running: Promise<void>;
  /** No further container is started. */
  readonly #stopping = new AbortController();
  /** No further request is made. */
  readonly #over = new AbortController();
  /** Ends the wait before the volumes are tried again. */
  #wake = new AbortController();
  #pod: Pod;
  #failure: PodFailure | undefined;
  #conditions: readonly PodCondition[] = [];
  #deleting: Promise<void> | undefined;

  constructor(pod: Pod, context: PodContext) {
    this.#pod = pod;
    this.#context = context;
    this.#home = new PodHome(pod, context, {
      changed: () => this.#wake.abort(),
      failed: (message) =>
        context.events.emit(this.#pod, { type: 'Warning', reason: 'FailedMount', message }),
    });
    this.#startTime = pod.status?.startTime ?? timestamp(context.clock.now());
    const { client, clock, logger } = context;
    this.#writer = new StatusWriter({ client, clock, logger, pod, signal: this.#over.signal });
    const { initContainers = [], containers } = pod.spec;
    this.#init = initContainers.map((container) => this.#runner(container, true));
    this.#main = containers.map((container) => this.#runner(container, initContainers.length > 0));
    this.#running = this.#run();
  }

  get pod(): Pod {
    return this.#pod;
  }

  /** Absent before it has one, and when nothing of it is left. */
  get podIP(): string | undefined {
    return this.#home.podIP;
  }

  /** Resolves when none of its containers runs any more. */
  get ended(): Promise<void> {
    return this.#running;
  }

  /** A container by name. */
  container(name: string): ContainerRunner | undefined {
    const all = [...(this.#pod.spec.initContainers ?? []), ...this.#pod.spec.containers];
    return [...this.#init, ...this.#main][all.findIndex((container) => container.name === name)];
  }

  /** The API server has a newer form of the pod. */
  update(pod: Pod): void {
    this.#pod = pod;
    this.#home.update(pod);
    // Readiness gates are conditions that others write.
    this.#publish();
    this.#writer.observe(pod);
    if (pod.metadata.deletionTimestamp === undefined) {
      if (isTerminal(pod.status?.phase)) this.#stop(this.#graceMs);
      return;
    }
    const graceMs = (pod.metadata.deletionGracePeriodSeconds ?? 30) * 1000;
    this.#stop(graceMs);
    this.#deleting ??= this.#finishDeletion();
  }

  /** SIGKILL to every process; false when none runs. The restart policy decides what comes next. */
  kill(): boolean {
    return [...this.#init, ...this.#main].map((runner) => runner.kill()).includes(true);
  }

  /** The API server no longer has the pod: it is killed. Resolves when nothing of it is left. */
  async removed(): Promise<void> {
    this.#over.abort();
    await this.close(0);
  }

  /** Ends every process within `graceMs`, writes nothing more and frees what the pod had. */
  async close(graceMs: number): Promise<void> {
    this.#over.abort();
    this.#stop(graceMs);
    await this.#running;
    await this.#deleting;
    await this.#home.leave();
  }

  #runner(container: Container, afterInit: boolean): ContainerRunner {
    const { status, spec } = this.#pod;
    const init = spec.initContainers?.includes(container) ?? false;
    const before = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
    const known = before.find(({ name }) => name === container.name);
    const previous = known && previousRun(known);
    const waiting = init || afterInit ? 'PodInitializing' : 'ContainerCreating';
    return new ContainerRunner(container, this.#host(), { init, waiting, ...(previous ? { previous } : {}) });
  }

  #host(): ContainerHost {
    const { clock, registry, images, restartLimits, stragglers, starts, events } = this.#context;
    const home = this.#home;
    return {
      clock,
      registry,
      images,
      restartLimits,
      stragglers,
      starts,
      folder: home.folder,
      get podIP() {
        return home.podIP ?? '';
      },
      pod: () => this.#pod,
      surroundings: (container) => home.surroundings(this.#pod, container, this.#stopping.signal),
      emit: (event) => events.emit(this.#pod, event),
      changed: () => this.#publish(),
      told: () => this.#writer.flushWithin(TELL_MS),
    };
  }

  async #run(): Promise<void> {
    void this.#endAtDeadline();
    try {
      await this.#live();
    } catch (error) {
      const { name, namespace } = this.#pod.metadata;
      this.#context.logger.error('pod ended by a fault of the agent', {
        name,
        namespace,
        error: messageOf(error),
      });
    }
    this.#stopping.abort();
    this.#home.vacate();
  }

  /** Ends the pod when it was active for as long as its spec allows. */
  async #endAtDeadline(): Promise<void> {
    const { activeDeadlineSeconds: seconds } = this.#pod.spec;
    if (seconds === undefined) return;
    const { clock, events } = this.#context;
    const { signal } = this.#stopping;
    const endMs = Date.parse(this.#startTime) + seconds * 1000;
    while (clock.now() < endMs && !signal.aborted) await delay(clock, endMs - clock.now(), signal);
    if (signal.aborted) return;
    this.#failure = {
      reason: 'DeadlineExceeded',
      message: 'Pod was active on the node longer than the specified deadline',
    };
    events.emit(this.#pod, { type: 'Normal', ...this.#failure });
    this.#stop(this.#graceMs);
    this.#publish();
  }

  async #live(): Promise<void> {
    this.#publish();
    if (!(await this.#prepare())) return;
    this.#publish();
    const sidecars: Promise<void>[] = [];
    for (const [index, runner] of this.#init.entries()) {
      const running = runner.run();
      if (isSidecar(this.#pod.spec.initContainers?.[index] ?? { name: '' })) {
        sidecars.push(running);
        await Promise.race([runner.started, running]);
      } else {
        await running;
        if (runner.status.state.terminated?.exitCode !== 0) this.#stopping.abort();
      }
      if (this.#stopping.signal.aborted) break;
    }
    if (!this.#stopping.signal.aborted) await Promise.all(this.#main.map((runner) => runner.run()));
    this.#stop(this.#graceMs);
    await Promise.all(sidecars);
  }

  /** Address and volumes; false when the pod was stopped first. */
  async #prepare(): Promise<boolean> {
    const { signal } = this.#stopping;
    for (let retryMs = FIRST_RETRY_MS; !signal.aborted; retryMs = Math.min(LAST_RETRY_MS, retryMs * 2)) {
      this.#wake = new AbortController();
      try {
        await Promise.race([this.#home.prepare(this.#pod), aborted(signal)]);
        return !signal.aborted;
      } catch (error) {
        if (signal.aborted) return false;
        this.#notPrepared(error);
        await delay(this.#context.clock, retryMs, AbortSignal.any([signal, this.#wake.signal]));
      }
    }
    return false;
  }

  #notPrepared(error: unknown): void {
    const reason = this.#home.podIP === undefined ? 'FailedCreatePodSandBox' : 'FailedMount';
    const text = messageOf(error);
    this.#context.events.emit(this.#pod, { type: 'Warning', reason, message: text });
    const first = this.#init[0] ?? this.#main[0];
    first?.waiting(first === this.#init[0] ? 'PodInitializing' : 'ContainerCreating', text);
  }

  #publish(): void {
    if (this.#over.signal.aborted) return;
    const { clock, hostIP } = this.#context;
    const status = podStatus({
      pod: this.#pod,
      podIP: this.#home.podIP,
      hostIP,
      startTime: this.#startTime,
      init: this.#init.map((runner) => runner.status),
      containers: this.#main.map((runner) => runner.status),
      previous: this.#conditions,
      failure: this.#failure,
      nowMs: clock.now(),
    });
    this.#conditions = status.conditions ?? [];
    this.#writer.set(status);
  }

  /** The grace of an end that no deletion asked for (ms). */
  get #graceMs(): number {
    return (this.#pod.spec.terminationGracePeriodSeconds ?? 30) * 1000;
  }

  /**
   * Starts nothing more and ends every container within `graceMs`. As KEP-753 has it, all preStop hooks run at once, but
   * a sidecar gets its SIGTERM after the main containers and the sidecars behind it have ended.
   */
  #stop(graceMs: number): void {
    this.#stopping.abort();
    const before: Promise<void>[] = [];
    for (const runner of this.#main) {
      runner.stop(graceMs);
      before.push(runner.idle());
    }
    for (const [index, runner] of [...this.#init.entries()].toReversed()) {
      if (!isSidecar(this.#pod.spec.initContainers?.[index] ?? { name: '' })) {
        runner.stop(graceMs);
        continue;
      }
      runner.stop(
        graceMs,
        Promise.all(before).then(() => {}),
      );
      before.push(runner.idle());
    }
  }

  async #finishDeletion(): Promise<void> {
    await this.#running;
    this.#publish();
    await this.#writer.flush();
    const { client, clock, logger } = this.#context;
    await deletePod(this.#pod, { client, clock, logger, signal: this.#over.signal });
  }
}

/** Resolves when the signal aborts. */
const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** What a container knows of its runs under an agent that is gone: they count as one restart. */
function previousRun(status: ContainerStatus): ContainerStatus {
  if (!status.state.running && !status.state.terminated) return status;
  return { ...status, lastState: status.state, restartCount: status.restartCount + 1 };
}
