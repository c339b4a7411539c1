import type { AgentClock } from './host.js';
import { delay } from './host.js';
import type { Container, Handler } from './pod.js';
import type { ProbeTarget } from './probe-attempt.js';
import { runProbe } from './probe-run.js';
import type { ProbeResult } from './probe-state.js';
import type { GroupProcess } from './process.js';

/** The run of a container that a postStart or preStop hook belongs to. */
interface HookTarget extends Pick<ProbeTarget, 'exec'> {
  readonly clock: AgentClock;
  readonly podIP: string;
  readonly container: Container;
  readonly process: GroupProcess;
  /** Longest time that the hook may take (ms). */
  readonly timeoutMs: number;
}

/** Runs a hook; never rejects. It ends early with the process. */
export async function runHook(hook: Handler, target: HookTarget): Promise<ProbeResult> {
  const { clock, podIP, container, process, exec, timeoutMs } = target;
  const over = new AbortController();
  void process.exited.then(() => over.abort());
  if (hook.sleep) {
    await delay(clock, hook.sleep.seconds * 1000, over.signal);
    return { ok: true };
  }
  return runProbe(hook, {
    podIP,
    container,
    timeoutMs,
    signal: over.signal,
    exec,
  });
}
