import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** A shell that runs one command after the other, as a reader would type them. */
export interface Shell {
  /**
   * Runs a command to its end and resolves with its exit code; a command in the background has begun then. Output goes
   * to `output` from where `begin()` was called. Rejects when the shell ends or takes longer than `timeoutMs`.
   */
  run(command: string, timeoutMs: number): Promise<number>;
  /** Everything written since the last call of `run`, standard error among it. */
  output(): string;
  /** Ends the shell and everything that it started. Idempotent. */
  close(): Promise<void>;
}

interface ShellOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Around an exit code in the output; no program writes it. */
const MARK = '\u001e';
const END = new RegExp(`${MARK}(\\d+)${MARK}`);
/** What bash says of a job that was ended by a signal, now or with the next command, as it comes to it. */
const JOB_ENDED = /^\[\d+\][+-]? +Terminated .*\n?/gm;
/** What is asked to end gets so long before it must (ms). */
const CLOSE_MS = 20_000;
const LOOK_MS = 20;
/** Jobs in process groups of their own, as in a terminal: `kill %1` reaches all of a job. */
const PROLOGUE = `set -m; exec 2>&1; __end() { local code=$?; printf '\\036%d\\036' $code; return $code; }\n`;

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, LOOK_MS));

/** Waits for a condition; rejects with what `late` says. */
async function until(condition: () => boolean, timeoutMs: number, late: () => string): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(late());
    await pause();
  }
}

/** Pids of a session: its number is the pid of the process that leads it. */
function processesOf(session: number): number[] {
  const sessionOf = (pid: string): number => {
    try {
      // The name in parentheses may hold blanks; behind it are state, parent, group, session.
      return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')[3]);
    } catch {
      return 0;
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && sessionOf(name) === session)
    .map(Number);
}

function signalAll(session: number, signal: NodeJS.Signals): void {
  for (const pid of processesOf(session)) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended by itself.
    }
  }
}

async function end(session: number): Promise<void> {
  signalAll(session, 'SIGTERM');
  signalAll(session, 'SIGCONT');
  const gone = (): boolean => processesOf(session).length === 0;
  try {
    await until(gone, CLOSE_MS, () => 'late');
  } catch {
    signalAll(session, 'SIGKILL');
    await until(gone, CLOSE_MS, () => `processes ${processesOf(session).join(', ')} do not end`);
  }
}

/** Starts bash in a session of its own. */
export function openShell({ cwd, env }: ShellOptions): Shell {
  const child: ChildProcess = spawn('bash', ['--norc', '--noprofile'], {
    cwd,
    env: { ...env },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const session = child.pid;
  if (session === undefined) throw new Error('bash cannot be started');
  let text = '';
  let ended = false;
  let closed: Promise<void> | undefined;
  const take = (chunk: string): void => {
    text += chunk;
  };
  child.stdout?.setEncoding('utf8').on('data', take);
  child.stderr?.setEncoding('utf8').on('data', take);
  child.stdin?.on('error', () => {});
  child.once('exit', () => {
    ended = true;
  });
  child.stdin?.write(PROLOGUE);
  const output = (): string => text.replace(END, '').replace(JOB_ENDED, '');
  return {
    async run(command, timeoutMs) {
      text = '';
      child.stdin?.write(`{ ${command}\n} </dev/null\n__end\n`);
      await until(
        () => ended || END.test(text),
        timeoutMs,
        () => `takes longer than ${timeoutMs} ms; it has written:\n${output()}`,
      );
      const [, code] = END.exec(text) ?? [];
      if (code === undefined) throw new Error(`the shell ended; it has written:\n${output()}`);
      return Number(code);
    },
    output,
    close() {
      closed ??= end(session).then(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      });
      return closed;
    },
  };
}
