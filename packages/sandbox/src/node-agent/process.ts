import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { sendSignal } from '../reaper/proc.js';
import type { FunctionImage } from './function-image.js';
import type { ProcessRegistry } from './host.js';
import type { LogFile } from './log-file.js';
import { messageOf } from './refusal.js';

/** How a process is started. */
export interface ProcessSpec {
  readonly argv: readonly string[];
  /** A function of this process that a container runs instead of `argv`; hooks, probes and exec run processes. */
  readonly run?: FunctionImage;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly registry: ProcessRegistry;
  /** By file descriptor, from the standard input on. Default: no input, output and error output as pipes. */
  readonly stdio?: readonly ('ignore' | 'pipe')[];
  /** Default: the program sees the machine as it is. */
  readonly launch?: Launch;
}

/** How the first and further programs of a container come to see its mounts. */
export interface Launch {
  /** What becomes the program; before that it may write to this file descriptor why it cannot. */
  begin(argv: readonly string[], reportFd: number): string[];
  /** What runs another program beside the one of this pid. */
  join(pid: number, argv: readonly string[]): string[];
}

/** How a process ended. */
export interface ProcessExit {
  /** 128 + signal number for a process that a signal killed. */
  readonly exitCode: number;
  /** Why it never ran. */
  readonly startError?: string;
}

/** A process with a process group of its own. */
export interface GroupProcess {
  readonly pid: number | undefined;
  /** Resolves when the program itself runs, or never will. */
  readonly begun: Promise<void>;
  /** The pipes, by file descriptor; empty when it could not be started. */
  readonly pipes: readonly (Readable | Writable | null | undefined)[];
  /** Resolves when the first process of the group has ended; the rest of the group is then killed. */
  readonly exited: Promise<ProcessExit>;
  /** Resolves when the output is complete as well. */
  readonly closed: Promise<void>;
  /** Sends a signal to the whole group; silently nothing when it has ended. */
  signal(signal: NodeJS.Signals): void;
}

/** The runtime of container runtimes: a command that cannot be started ends with 128. */
const START_FAILED = 128;
/** After the exit, output that a descendant outside the group holds open is given up when it is silent so long (ms). */
const CLOSE_DEADLINE_MS = 1000;
const STDIO: NonNullable<ProcessSpec['stdio']> = ['ignore', 'pipe', 'pipe'];

/**
 * Starts a process in a group of its own; `log` takes its output, or without one whoever reads `pipes`. Never throws:
 * see `startError`.
 */
export function startProcess(spec: ProcessSpec, log?: Pick<LogFile, 'write'>): GroupProcess {
  const [command = ''] = spec.argv;
  let child: ChildProcess;
  try {
    child = spawnGroup(spec);
  } catch (error) {
    return neverRan(messageOf(error));
  }
  const { pid } = child;
  if (log) {
    child.stdout?.on('data', (chunk: Buffer) => log.write('stdout', chunk));
    child.stderr?.on('data', (chunk: Buffer) => log.write('stderr', chunk));
  }
  const report = launchReport(child, spec);
  let running = true;
  const ended = new Promise<ProcessExit>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (pid === undefined) resolve({ exitCode: START_FAILED, startError: startError(command, error) });
    });
    child.once('exit', (code, signal) => {
      running = false;
      if (pid !== undefined) {
        // As in a container, nothing survives the first process.
        sendSignal(-pid, 'SIGKILL');
        spec.registry.remove(pid);
      }
      resolve({ exitCode: code ?? 128 + (signal === null ? 0 : constants.signals[signal]) });
    });
  });
  const exited = ended.then(async (exit) => {
    const problem = exit.exitCode === START_FAILED && !exit.startError ? await report : '';
    return problem === '' ? exit : { exitCode: START_FAILED, startError: problem };
  });
  return {
    pid,
    begun: report.then(() => {}),
    exited,
    pipes: child.stdio,
    closed: outputClosed(child, exited),
    signal(signal) {
      if (running && pid !== undefined) sendSignal(-pid, signal);
    },
  };
}

/** Spawns and notes the group; a group that cannot be noted is ended, because nobody would clean it up. */
function spawnGroup(spec: ProcessSpec): ChildProcess {
  const program = localArgv(spec.argv);
  const stdio = spec.stdio ?? STDIO;
  const [command = '', ...args] = spec.launch ? spec.launch.begin(program, stdio.length) : program;
  const child = spawn(command, args, {
    env: { ...spec.env },
    cwd: spec.cwd,
    detached: true,
    stdio: [...stdio, ...(spec.launch ? (['pipe'] as const) : [])],
  });
  if (child.pid === undefined) return child;
  try {
    spec.registry.add(child.pid);
  } catch (error) {
    sendSignal(-child.pid, 'SIGKILL');
    throw error;
  }
  return child;
}

/** `node` is the Node.js that runs the sandbox. */
export const localArgv = ([command = '', ...args]: readonly string[]): string[] => [
  command === 'node' ? process.execPath : command,
  ...args,
];

/** What a launch wrote before the program began: nothing, if all went well. */
async function launchReport(child: ChildProcess, { launch, stdio = STDIO }: ProcessSpec): Promise<string> {
  const stream = launch ? (child.stdio[stdio.length] as Readable | null) : undefined;
  if (!stream) return '';
  let text = '';
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await new Promise((resolve) => stream.once('close', resolve));
  return text.trim();
}

function neverRan(startError: string): GroupProcess {
  const exited = Promise.resolve({ exitCode: START_FAILED, startError });
  const done = Promise.resolve();
  return { pid: undefined, begun: done, pipes: [], exited, closed: done, signal() {} };
}

function startError(command: string, error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return `exec: "${command}": executable file not found in $PATH`;
  if (error.code === 'EACCES') return `exec: "${command}": permission denied`;
  return `exec: "${command}": ${error.message}`;
}

async function outputClosed(child: ChildProcess, exited: Promise<ProcessExit>): Promise<void> {
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await exited;
  const timers = [child.stdout, child.stderr].map((output) => giveUpWhenSilent(output as Socket | null));
  if (child.pid !== undefined) await closed;
  for (const timer of timers) clearInterval(timer);
}

/** Ends an output from which nothing comes although somebody reads; a reader who pauses it has all the time. */
function giveUpWhenSilent(output: Socket | null): NodeJS.Timeout | undefined {
  if (!output || output.destroyed) return undefined;
  let seen = output.bytesRead;
  return setInterval(() => {
    if (output.bytesRead === seen && output.readableFlowing !== false) output.destroy();
    seen = output.bytesRead;
  }, CLOSE_DEADLINE_MS);
}
