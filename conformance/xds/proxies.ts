import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Launch } from './caller.js';
import {
  type Client,
  type ClientSource,
  flags,
  GRPC_CLIENTS,
  missingPython,
  NODE_CLIENT,
  nodeIdOf,
  type Task,
} from './clients.js';
import { envoyBootstrap } from './envoy.js';
import { installPython } from './install.js';

const REQUIREMENTS = fileURLToPath(new URL('../../xds/clients/envoy/requirements.txt', import.meta.url));

/** A port that is free now: Envoy cannot say which one it took. */
const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

/** Runs a program for as long as standard input is open, and says its process id. */
const WHILE_INPUT = '"$@" >&2 & echo $!; cat > /dev/null; kill -CONT $!; kill $!; wait $!; exit 0';

interface Envoy {
  readonly name: string;
  readonly protocol: 'sotw' | 'delta';
  readonly program: string;
  readonly version: string;
}

/** Starts an Envoy, and a client without xDS that calls through it. */
async function launch({ name, protocol, program, version }: Envoy, task: Task): Promise<Launch> {
  const listen = await freePort();
  const { server, shown, services, published = false, looks = false, folder } = task;
  const nodeId = nodeIdOf(name);
  const file = join(folder, `envoy-${protocol}-${listen}.json`);
  const bootstrap = envoyBootstrap({
    ...{ protocol, server, shown, nodeId, listen, services, published, looks },
  });
  writeFileSync(file, JSON.stringify(bootstrap), { mode: 0o600 });
  const quiet = ['--concurrency', '1', '--disable-hot-restart', '--log-level', 'error'];
  const targets = services.map(() => `ipv4:127.0.0.1:${listen}`);
  const authorities = ['--authorities', services.join(',')];
  return {
    proxy: { argv: ['sh', '-c', WHILE_INPUT, 'sh', program, '-c', file, ...quiet] },
    client: { argv: [process.execPath, NODE_CLIENT, ...flags(task, targets), ...authorities] },
    versions: { Envoy: version },
  };
}

const envoy = (protocol: 'sotw' | 'delta'): ClientSource => ({
  name: `envoy ${protocol}`,
  missing: missingPython,
  async build(signal): Promise<Client> {
    const program = join(await installPython(REQUIREMENTS, signal), 'envoy');
    const [, version = ''] = readFileSync(REQUIREMENTS, 'utf8').trim().split('==');
    const name = `envoy ${protocol}`;
    return {
      ...{ name, proxy: true, neverIdle: true, shows: ['nothing', 'token', 'certificate'] },
      launch: (task) => launch({ name, protocol, program, version }, task),
    };
  },
});

/** Everyone who may take part, in the order of the page's columns. */
export const CLIENTS: readonly ClientSource[] = [
  ...GRPC_CLIENTS.judged,
  envoy('sotw'),
  envoy('delta'),
  ...GRPC_CLIENTS.informative,
];
