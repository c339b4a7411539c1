import { machineClock } from './host.js';
import type { ProbeResult } from './probe-state.js';
import type { ProcessSpec } from './process.js';
import { startProcess } from './process.js';

/** Output of a probe command that its Event shows (bytes); the kubelet's limit is the same. */
const OUTPUT_LIMIT_BYTES = 10 * 1024;

interface ExecOptions {
  /** The command as the pod's spec has it, for messages. */
  readonly command: readonly string[];
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Runs a command beside a container; kills it after `timeoutMs`, or when the signal aborts with the container. */
export async function execCommand(
  spec: ProcessSpec,
  { command, timeoutMs, signal }: ExecOptions,
): Promise<ProbeResult> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const child = startProcess(spec, {
    write(_stream, chunk) {
      if (bytes < OUTPUT_LIMIT_BYTES) chunks.push(chunk.subarray(0, OUTPUT_LIMIT_BYTES - bytes));
      bytes += chunk.length;
    },
  });
  const kill = (): void => child.signal('SIGKILL');
  if (signal.aborted) kill();
  signal.addEventListener('abort', kill);
  let late = false;
  const timer = machineClock.setTimeout(() => {
    late = true;
    kill();
  }, timeoutMs);
  const { exitCode, startError } = await child.exited;
  await child.closed;
  timer.cancel();
  signal.removeEventListener('abort', kill);
  if (late)
    return {
      ok: false,
      message: `command timed out: ${JSON.stringify(command.join(' '))} timed out after ${timeoutMs / 1000}s`,
    };
  const output = startError ?? Buffer.concat(chunks).toString().trim();
  return exitCode === 0 ? { ok: true } : { ok: false, message: output || `command exited with ${exitCode}` };
}
