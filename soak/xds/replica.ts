import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { waitFor } from '#commands/wait.js';
import { AskedProcess, withoutProxies } from '../client/asked-process.js';
import type { Holdings } from '../client/messages.js';
import type { Place } from './front.js';
import type { ProbeCommand } from './probe.js';

const MAIN = fileURLToPath(import.meta.resolve('fairlead/package.json')).replace(
  'package.json',
  'dist/main.js',
);
const PROBE = new URL('./probe.js', import.meta.url).href;
/** Not that of outgoing connections: none of those can be in the way of a replica that comes back to its port. */
const HOST = '127.0.0.2';
/** A process that does not listen by then hangs. */
const START_MS = 90_000;
/** How long clients are sent elsewhere after SIGTERM (s). */
const DRAIN_S = 1;
/** Its log line about a client that refuses what it got. */
const REFUSED = 'a client refused resources';
const KEPT_LINES = 5;

export interface ReplicaOptions {
  readonly name: string;
  readonly kubeconfig: string;
  /** For clients, and for its admin pages. */
  readonly ports: readonly [number, number];
  onObjection(text: string): void;
}

/** `fairlead xds serve`, in a process of its own. */
export class Replica {
  readonly place: Place;
  readonly #options: ReplicaOptions;
  readonly #process: AskedProcess<ProbeCommand, Holdings | null>;
  readonly #lines: string[] = [];
  #ready = false;

  private constructor(options: ReplicaOptions) {
    const { name, kubeconfig, ports, onObjection } = options;
    const [port, admin] = ports;
    this.#options = options;
    this.place = { host: HOST, port };
    const address = ['--host', HOST, '--port', `${port}`, '--admin-host', HOST, '--admin-port', `${admin}`];
    const child = spawn(
      process.execPath,
      [
        ...['--expose-gc', '--import', PROBE, MAIN, 'xds', 'serve', '--kubeconfig', kubeconfig],
        ...[...address, '--drain', `${DRAIN_S}`],
      ],
      { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env: withoutProxies(process.env) },
    );
    createInterface({ input: child.stdout! }).on('line', (line) => {
      this.#ready ||= line.startsWith('ready ');
    });
    createInterface({ input: child.stderr! }).on('line', (line) => this.#log(line));
    this.#process = new AskedProcess(child, {
      who: `control plane ${name}`,
      onExit: (why) => onObjection(`${why}: ${this.#lines.join(' | ')}`),
    });
  }

  /** Starts it; resolves when it listens, which is before it has read the cluster. */
  static async start(options: ReplicaOptions): Promise<Replica> {
    const replica = new Replica(options);
    const listens = (): Promise<boolean> => accepts(replica.place);
    await waitFor(`${options.name} listens`, listens, { timeoutMs: START_MS });
    return replica;
  }

  /** It has read the cluster. */
  get ready(): boolean {
    return this.#ready;
  }

  hold(): Promise<Holdings> {
    return this.#process.ask({ kind: 'hold' }) as Promise<Holdings>;
  }

  moveDate(ms: number): Promise<unknown> {
    return this.#process.ask({ kind: 'moveDate', ms });
  }

  /** SIGKILL. Idempotent, also after another end. */
  async kill(): Promise<void> {
    await this.#process.end();
  }

  /** SIGTERM; resolves when it has ended, which should be with code 0. */
  async terminate(): Promise<void> {
    const { code } = await this.#process.end('SIGTERM');
    if (code !== 0) this.#options.onObjection(`${this.#options.name} ended with code ${code} after SIGTERM`);
  }

  /** SIGSTOP; what is returned lets it go on. */
  hang(): () => void {
    this.#process.signal('SIGSTOP');
    return () => this.#process.signal('SIGCONT');
  }

  /** How many streams of clients it has, by its own account. */
  async streams(): Promise<number> {
    const { count } = (await page({ host: HOST, port: this.#options.ports[1] }, '/clients')) as {
      count: number;
    };
    return count;
  }

  #log(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > KEPT_LINES) this.#lines.shift();
    if (line.includes(REFUSED) || line.startsWith('error '))
      this.#options.onObjection(`${this.#options.name} says: ${line}`);
  }
}

/** Two ports that are free now, and that no outgoing connection takes. */
export async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()];
  for (const server of servers) {
    server.listen(0, HOST);
    await once(server, 'listening');
  }
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports as [number, number];
}

function accepts(place: Place): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(place)
      .once('connect', () => resolve(true))
      .once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** A page of a control plane, over a connection that does not stay. */
function page({ host, port }: Place, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    get({ host, port, path, agent: false }, async (response) => {
      response.setEncoding('utf8');
      const text = (await response.toArray()).join('');
      resolve(JSON.parse(text));
    }).once('error', reject);
  });
}
