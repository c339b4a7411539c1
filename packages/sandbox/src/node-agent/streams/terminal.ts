import { type GroupProcess, type ProcessSpec, startProcess } from '../process.js';

/** The size of a terminal, in characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** File descriptor over which the name of the terminal is reported. */
const REPORT_FD = 3;
/** What a terminal can do, for programs that ask; the container runtimes say the same. */
const TERM = 'xterm';

/**
 * The same command on a terminal of its own: Node has no pseudo-terminals, so util-linux's `script` makes one and
 * passes on what is typed, what is shown and the exit code.
 */
export function onTerminal(spec: ProcessSpec): ProcessSpec {
  const { SHELL } = spec.env;
  const [command = '', ...args] = spec.argv;
  const argv = [command === 'node' ? process.execPath : command, ...args].map(quote).join(' ');
  // `script` runs its command by $SHELL; the command itself gets the variable as it was.
  const shell = SHELL === undefined ? 'unset SHELL' : `SHELL=${quote(SHELL)}`;
  const line = `tty >&${REPORT_FD}; exec ${REPORT_FD}>&-; ${shell}; exec ${argv}`;
  return {
    ...spec,
    argv: ['script', '-qefc', line, '/dev/null'],
    env: { TERM, ...spec.env, SHELL: '/bin/sh' },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  };
}

/** Why a command on a terminal could not be started, in words that help. */
export function terminalError(startError: string): string {
  return startError.includes('"script"')
    ? 'a terminal is made by the program script of util-linux, which is not in $PATH: without -t it works'
    : startError;
}

/** Gives the terminal of a process that `onTerminal` started a size, again and again; `spec` is the command's. */
export function terminalResizer(
  process: GroupProcess,
  { env, cwd, registry }: ProcessSpec,
): (size: TerminalSize) => void {
  let device = '';
  let wanted: TerminalSize | undefined;
  const apply = (): void => {
    const found = /^(\/\S+)\n/.exec(device)?.[1];
    if (!found || !wanted) return;
    const argv = ['stty', '-F', found, 'rows', String(wanted.rows), 'cols', String(wanted.columns)];
    // What it says is nobody's business.
    startProcess({ argv, env, cwd, registry }, { write() {} });
  };
  process.pipes[REPORT_FD]?.on('data', (chunk: Buffer) => {
    device += chunk.toString();
    apply();
  });
  return (size) => {
    wanted = size;
    apply();
  };
}

/** A word of a shell's command line. */
const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
