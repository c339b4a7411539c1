import { fileURLToPath } from 'node:url';
import { type Program, startProgram } from '../peers/program.js';

/** A client as the control plane knows it. */
export interface SeenClient {
  readonly agent: string;
  readonly id: string;
  /** What it refuses, in its own words. */
  readonly refusals: readonly string[];
}

/** What a control plane says of itself. */
export interface Seen {
  readonly clients: readonly SeenClient[];
  readonly rssBytes: number;
}

/** A control plane in a process of its own. */
export interface ControlPlaneProcess {
  readonly port: number;
  /** Writes a line; resolves with who is connected then. */
  ask(line?: string): Promise<Seen>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** As it should end. Idempotent, after `kill`, too. */
  close(): Promise<void>;
}

const program = (name: string): string => fileURLToPath(new URL(`programs/${name}.js`, import.meta.url));

/** Starts one of `programs/`. */
export async function startControlPlane(
  name: 'serve' | 'script',
  ...args: readonly string[]
): Promise<ControlPlaneProcess> {
  const started: Program = await startProgram({ argv: [process.execPath, program(name), ...args] });
  const { port } = JSON.parse(started.first) as { port: number };
  const waiting: ((seen: Seen) => void)[] = [];
  started.onLine((line) => waiting.shift()?.(JSON.parse(line) as Seen));
  let ended: Promise<void> | undefined;
  return {
    port,
    ask: (line = '') =>
      new Promise((resolve) => {
        waiting.push(resolve);
        started.say(line);
      }),
    kill() {
      if (ended === undefined) process.kill(started.pid, 'SIGKILL');
      ended ??= started.close().catch(() => {});
      return ended;
    },
    close() {
      ended ??= started.close();
      return ended;
    },
  };
}
