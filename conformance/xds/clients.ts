import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildProgram, missingForProgram } from '../go/program.js';
import type { Launch } from './caller.js';
import { envoyBootstrap } from './envoy.js';
import { answers, buildMaven, installPython } from './install.js';

const FOLDER = fileURLToPath(new URL('../../xds/clients/', import.meta.url));
const NODE_CLIENT = fileURLToPath(new URL('clients/node/client.js', import.meta.url));
const REQUIREMENTS = join(FOLDER, 'python', 'requirements.txt');
const ENVOY_REQUIREMENTS = join(FOLDER, 'envoy', 'requirements.txt');

/** What a client is asked to do. */
export interface Task {
  /** Port of the control plane. */
  readonly server: number;
  /** Services that are called in turn, as `name.namespace:port`. */
  readonly services: readonly string[];
  /** Calls per second. */
  readonly rate: number;
  /** Channels without calls go idle after so long (ms). */
  readonly idleMs?: number;
  /** Where files of this run may be. */
  readonly folder: string;
}

/** A client that is built and can be started. */
export interface Client {
  readonly name: string;
  /** A proxy: it has no channels, and one service. */
  readonly proxy?: true;
  launch(task: Task): Promise<Launch>;
}

/** A client that may be built here. */
export interface ClientSource {
  readonly name: string;
  /** What this machine lacks for it; undefined: nothing. */
  missing(): Promise<string | undefined>;
  build(signal: AbortSignal): Promise<Client>;
}

const bootstrap = (server: number, name: string): string =>
  JSON.stringify({
    xds_servers: [
      {
        server_uri: `127.0.0.1:${server}`,
        channel_creds: [{ type: 'insecure' }],
        server_features: ['ignore_resource_deletion'],
      },
    ],
    node: { id: name, locality: {} },
  });

const flags = ({ rate, idleMs = 0 }: Task, targets: readonly string[]): string[] => [
  ...['--targets', targets.join(','), '--rate', String(rate), '--idle-ms', String(idleMs)],
];

/** A client that speaks xDS itself. */
const grpcClient = (name: string, argv: readonly string[]): Client => ({
  name,
  launch: (task) =>
    Promise.resolve({
      client: {
        argv: [
          ...argv,
          ...flags(
            task,
            task.services.map((service) => `xds:///${service}`),
          ),
        ],
        env: { GRPC_XDS_BOOTSTRAP_CONFIG: bootstrap(task.server, name) },
      },
    }),
});

const node: ClientSource = {
  name: 'node',
  missing: () => Promise.resolve(undefined),
  build: () => Promise.resolve(grpcClient('node', [process.execPath, NODE_CLIENT])),
};

const go: ClientSource = {
  name: 'go',
  missing: async () => (await missingForProgram(join(FOLDER, 'go')))[0],
  build: async (signal) => grpcClient('go', [await buildProgram(join(FOLDER, 'go'), signal)]),
};

const python: ClientSource = {
  name: 'python',
  missing: async () => ((await answers('python3', '--version')) ? undefined : 'Python 3 with venv (python3)'),
  build: async (signal) =>
    grpcClient('python', [
      join(await installPython(REQUIREMENTS, signal), 'python'),
      join(FOLDER, 'python', 'client.py'),
    ]),
};

/** A JVM that starts soon and takes little, because several run here. */
const JAVA = ['java', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

const java: ClientSource = {
  name: 'java',
  missing: async () =>
    (await answers('mvn', '-version')) ? undefined : 'Java 17 or newer and Maven (java, mvn)',
  async build(signal) {
    const source = join('src', 'main', 'java', 'fairlead', 'Client.java');
    const classPath = await buildMaven(join(FOLDER, 'java'), source, signal);
    return grpcClient('java', [...JAVA, '-cp', classPath, 'fairlead.Client']);
  },
};

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

const envoy = (protocol: 'sotw' | 'delta'): ClientSource => ({
  name: `envoy ${protocol}`,
  missing: () => python.missing(),
  async build(signal) {
    const program = join(await installPython(ENVOY_REQUIREMENTS, signal), 'envoy');
    const name = `envoy ${protocol}`;
    const [, version = ''] = readFileSync(ENVOY_REQUIREMENTS, 'utf8').trim().split('==');
    return {
      name,
      proxy: true,
      async launch(task) {
        const listen = await freePort();
        const file = join(task.folder, `envoy-${protocol}-${listen}.json`);
        const [service = ''] = task.services;
        writeFileSync(
          file,
          JSON.stringify(envoyBootstrap({ protocol, server: task.server, listen, service })),
        );
        const quiet = ['--concurrency', '1', '--disable-hot-restart', '--log-level', 'error'];
        const argv = ['sh', '-c', WHILE_INPUT, 'sh', program, '-c', file, ...quiet];
        const client = [process.execPath, NODE_CLIENT, ...flags(task, [`ipv4:127.0.0.1:${listen}`])];
        return { proxy: { argv }, client: { argv: client }, versions: { Envoy: version } };
      },
    };
  },
});

/** Everyone who may take part, in the order of the page's columns. */
export const CLIENTS: readonly ClientSource[] = [node, go, python, java, envoy('sotw'), envoy('delta')];
