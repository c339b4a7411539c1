import type { LogFile } from './log-file.js';
import type { GroupProcess, ProcessExit } from './process.js';
import { messageOf } from './refusal.js';

/** What a function that stands for an image is told: the container that it is. */
export interface FunctionContainer {
  /** Name of the pod, unless its spec has a hostname. */
  readonly hostname: string;
  /** The pod's address: servers listen on it. */
  readonly ip: string;
  /** Environment of the container; that of this process is left alone. */
  readonly env: Readonly<Record<string, string>>;
  /** Writes to the container's log. */
  log(text: string): void;
}

/**
 * What a function that stands for an image returns, so that it can be ended: something with `stop` (SIGTERM) and `kill`
 * (SIGKILL; default `stop`), a grpc-js `Server`, or a server of `node:http` or `node:net`. Nothing: it holds nothing.
 */
export type FunctionServer =
  | { stop(): unknown; kill?(): unknown }
  | { tryShutdown(done: (error?: Error) => void): void; forceShutdown(): void }
  | { close(done: (error?: Error) => void): unknown; closeAllConnections?(): void }
  | undefined
  // A function that only starts something.
  // biome-ignore lint/suspicious/noConfusingVoidType: it is what such a function returns
  | void;

/** An image whose containers are calls of a function in the sandbox's own process. */
export type FunctionImage = (container: FunctionContainer) => FunctionServer | Promise<FunctionServer>;

interface Ends {
  stop(): unknown;
  kill(): unknown;
}

const byCallback = (end: (done: (error?: Error) => void) => unknown): Promise<void> =>
  new Promise((resolve, reject) => {
    end((error) => (error ? reject(error) : resolve()));
  });

/** How what a function returned is ended. */
export function endsOf(server: FunctionServer): Ends {
  if (server === undefined) return { stop() {}, kill() {} };
  if (typeof server === 'object' && server !== null) {
    if ('stop' in server)
      return { stop: () => server.stop(), kill: () => (server.kill ?? server.stop).call(server) };
    if ('tryShutdown' in server) {
      const stop = () => byCallback((done) => server.tryShutdown(done));
      return { stop, kill: () => server.forceShutdown() };
    }
    if ('close' in server) {
      const stop = () => byCallback((done) => server.close(done));
      return {
        stop,
        kill() {
          server.closeAllConnections?.();
          return stop();
        },
      };
    }
  }
  const accepted = 'an object with stop(), a grpc-js Server, a server of node:http, or nothing';
  throw new Error(`the function of the image returned ${typeof server}: accepted is ${accepted}`);
}

/** What SIGKILL calls gets so long (ms): a function that hangs ends as a process would. */
const KILL_MS = 1000;
/** Exit code of a program that failed, and of one that SIGKILL ended. */
const FAILED = 1;
const KILLED = 137;

/** What a function runs in: output and environment of its container. */
interface FunctionSurroundings {
  readonly env: Readonly<Record<string, string>>;
  readonly log: Pick<LogFile, 'write'>;
}

/** Runs a function as the first process of a container: it has this process's pid, and signals call what it returned. */
export function startFunction(image: FunctionImage, { env, log }: FunctionSurroundings): GroupProcess {
  let over = false;
  let stopped: Promise<unknown> | undefined;
  let exit: (end: ProcessExit) => void = () => {};
  const exited = new Promise<ProcessExit>((resolve) => {
    exit = resolve;
  });
  const end = (exitCode: number, trouble?: unknown): void => {
    if (over) return;
    over = true;
    if (trouble !== undefined) log.write('stderr', Buffer.from(`${messageOf(trouble)}\n`));
    exit({ exitCode });
  };
  const running = (async () => {
    const container: FunctionContainer = {
      hostname: env.HOSTNAME ?? '',
      ip: env.POD_IP ?? '',
      env,
      log: (text) => log.write('stdout', Buffer.from(`${text}\n`)),
    };
    return endsOf(await image(container));
  })();
  running.catch((error: unknown) => end(FAILED, error));
  const stop = (): Promise<unknown> => {
    stopped ??= running.then((server) => server.stop());
    return stopped;
  };
  const kill = async (): Promise<void> => {
    await (await running).kill();
  };
  return {
    pid: process.pid,
    begun: Promise.resolve(),
    pipes: [],
    exited,
    closed: exited.then(() => {}),
    signal(signal) {
      if (over) return;
      if (signal === 'SIGTERM') {
        stop().then(
          () => end(0),
          (error: unknown) => end(FAILED, error),
        );
      }
      if (signal !== 'SIGKILL') return;
      // Its address is free for the next one when this has been done.
      const late = setTimeout(() => end(KILLED), KILL_MS);
      kill()
        .then(
          () => end(KILLED),
          (error: unknown) => end(KILLED, error),
        )
        .finally(() => clearTimeout(late));
    },
  };
}
