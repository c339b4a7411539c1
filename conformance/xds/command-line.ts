import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startProgram } from '../peers/program.js';
import type { Shown } from './identities.js';

const run = promisify(execFile);

const MAIN = fileURLToPath(new URL('../../../packages/cli/dist/main.js', import.meta.url));

const fileFlags = (shown: Shown | undefined): string[] => {
  if (shown === undefined) return [];
  const { kind, ca } = shown;
  const tls = ['--tls-ca', ca];
  if (kind === 'token') return [...tls, '--token-file', shown.file];
  if (kind === 'certificate')
    return [...tls, '--client-cert', shown.files.certFile, '--client-key', shown.files.keyFile];
  return tls;
};

/** What `fairlead xds bootstrap` prints for a control plane on this machine. */
export async function printBootstrap(port: number, nodeId: string, shown?: Shown): Promise<string> {
  const named = ['--server', `127.0.0.1:${port}`, '--node-id', nodeId];
  const { stdout } = await run(process.execPath, [MAIN, 'xds', 'bootstrap', ...named, ...fileFlags(shown)]);
  return stdout;
}

/** One client on the page `/clients` of a control plane. */
export interface ListedClient {
  readonly node: string | null;
  /** Whom the API server, or its certificate, says that it is. */
  readonly user?: string;
  readonly holds: readonly { readonly type: string; readonly count: number }[];
}

/** A `fairlead xds serve` that is ready. */
export interface ServeCommand {
  readonly port: number;
  /** Who is connected now. */
  clients(): Promise<readonly ListedClient[]>;
  /** The end of its log. */
  log(): string;
  /** SIGTERM; rejects when it had ended by itself. */
  close(): Promise<void>;
}

/** Starts `fairlead xds serve` with these flags, on any ports of loopback. */
export async function startServe(flags: readonly string[]): Promise<ServeCommand> {
  const ports = ['--port', '0', '--admin-port', '0', '--drain', '0'];
  const program = await startProgram({ argv: [process.execPath, MAIN, 'xds', 'serve', ...ports, ...flags] });
  const [, port, admin] = /^ready xds=127\.0\.0\.1:(\d+) admin=(\S+)$/.exec(program.first) ?? [];
  return {
    port: Number(port),
    async clients() {
      const answer = await fetch(`http://${admin}/clients?limit=1000`);
      return ((await answer.json()) as { clients: ListedClient[] }).clients;
    },
    log: () => program.errors(),
    close() {
      const closed = program.close();
      process.kill(program.pid, 'SIGTERM');
      return closed;
    },
  };
}
