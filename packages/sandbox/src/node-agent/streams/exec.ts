import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { AgentClock } from '../host.js';
import type { GroupProcess, ProcessSpec } from '../process.js';
import { startProcess } from '../process.js';
import type { CommandStreams } from './command-streams.js';
import { feed } from './feed.js';
import { exitStatus } from './status.js';
import { onTerminal, terminalError, terminalResizer } from './terminal.js';

/** From SIGHUP to SIGKILL when the client has left (ms). */
const HANG_UP_MS = 2000;
const nothing = (): void => {};

/** What a command beside a container starts from. */
export interface ExecOptions {
  readonly clock: AgentClock;
  /** Environment and working directory of the container, and the command. */
  readonly spec: ProcessSpec;
  readonly tty: boolean;
  readonly streams: CommandStreams;
  /** Aborts when the container has ended. */
  readonly over: AbortSignal;
}

/**
 * Runs a command with the streams of a client and tells that how it ended. The command ends with its container and,
 * other than in a container, with its client: SIGHUP, and SIGKILL after 2 s.
 */
export async function exec({ clock, spec, tty, streams, over }: ExecOptions): Promise<void> {
  const plain: ProcessSpec = { ...spec, stdio: [streams.stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'] };
  const process = startProcess(tty ? onTerminal(plain) : plain);
  const leave = endWithClient(process, clock, streams.gone);
  const kill = (): void => process.signal('SIGKILL');
  over.addEventListener('abort', kill);
  if (over.aborted) kill();
  if (tty) streams.onResize(terminalResizer(process, spec));
  const [stdin, stdout, stderr] = process.pipes;
  if (streams.stdin && stdin) feed(streams.stdin, stdin as Writable, true);
  const outputs = [
    drain(stdout as Readable | undefined, streams.stdout),
    drain(stderr as Readable | undefined, streams.stderr),
  ];
  const exit = await process.exited;
  await Promise.all([...outputs, process.closed]);
  leave();
  over.removeEventListener('abort', kill);
  const { startError } = exit;
  streams.finish(
    exitStatus(startError === undefined ? exit : { ...exit, startError: terminalError(startError) }),
  );
}

/** Passes output on at the client's pace; resolves when all of it is sent, or the client has left. */
async function drain(source: Readable | undefined, sink: Writable | undefined): Promise<void> {
  if (!source) return;
  if (!sink) {
    source.resume();
    return;
  }
  // A client that has left costs the command its output, not the agent its peace.
  await pipeline(source, sink).catch(nothing);
}

function endWithClient(process: GroupProcess, clock: AgentClock, gone: AbortSignal): () => void {
  let timer: { cancel(): void } | undefined;
  const hangUp = (): void => {
    process.signal('SIGHUP');
    timer = clock.setTimeout(() => process.signal('SIGKILL'), HANG_UP_MS);
  };
  gone.addEventListener('abort', hangUp);
  if (gone.aborted) hangUp();
  return () => {
    timer?.cancel();
    gone.removeEventListener('abort', hangUp);
  };
}
