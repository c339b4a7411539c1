import { createServer, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { NodeOptions } from '@fairlead/sandbox/nodes';
import type { ControlPlane } from './control-plane.js';

/** Where tests, which run in processes of their own, find the control plane. */
export const SOCKET_VARIABLE = 'FAIRLEAD_CONFORMANCE_SOCKET';

/** A node that a test wants. */
export interface NodeRequest {
  readonly name: string;
  readonly zone: string;
}

/** What can be asked of the control plane from another process. */
export interface Commands {
  kubeconfig(): Promise<string>;
  nodes(wanted: readonly NodeRequest[]): Promise<readonly NodeOptions[]>;
  stopApi(): Promise<void>;
  startApi(): Promise<void>;
  compact(): Promise<void>;
  reset(): Promise<void>;
}

/** What the commands do. */
export function commandsOf(plane: ControlPlane): Commands {
  return {
    kubeconfig: async () => plane.credentials.kubeconfig,
    nodes: async (wanted) =>
      wanted.map(({ name, zone }, index) => plane.credentials.node(name, zone, index + 1)),
    stopApi: () => plane.stopApi(),
    startApi: () => plane.startApi(),
    compact: () => plane.compact(),
    reset: () => plane.reset(),
  };
}

/** Serves the commands on a socket file. Its folder must be closed to others: whoever connects is obeyed. */
export function serveCommands(path: string, commands: Commands): Promise<{ close(): Promise<void> }> {
  const known: Readonly<Record<string, (argument: never) => Promise<unknown>>> = { ...commands };
  const server = createServer(async (asked, response) => {
    try {
      const name = (asked.url ?? '/').slice(1);
      const command = Object.hasOwn(known, name) ? known[name] : undefined;
      if (!command) throw new Error(`command "${name}": accepted are ${Object.keys(known).join(', ')}`);
      const argument = JSON.parse((await text(asked)) || 'null');
      response.end(JSON.stringify((await command(argument as never)) ?? null));
    } catch (error) {
      response.writeHead(500).end(error instanceof Error ? error.message : String(error));
    }
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () =>
      resolve({
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      }),
    );
  });
}

function ask(socketPath: string, command: keyof Commands, argument?: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const options = { socketPath, path: `/${command}`, method: 'POST', agent: false };
    const sent = request(options, async (response) => {
      try {
        const answer = await text(response);
        if (response.statusCode === 200) resolve(JSON.parse(answer));
        else reject(new Error(`${command}: ${answer}`));
      } catch (error) {
        reject(error);
      }
    });
    sent.on('error', reject);
    sent.end(argument === undefined ? '' : JSON.stringify(argument));
  });
}

/** The commands from another process. */
export function remoteCommands(path: string): Commands {
  const just = async (command: keyof Commands): Promise<void> => {
    await ask(path, command);
  };
  return {
    kubeconfig: async () => (await ask(path, 'kubeconfig')) as string,
    nodes: async (wanted) => (await ask(path, 'nodes', wanted)) as NodeOptions[],
    stopApi: () => just('stopApi'),
    startApi: () => just('startApi'),
    compact: () => just('compact'),
    reset: () => just('reset'),
  };
}
