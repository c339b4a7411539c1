import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type ControlPlane, createControlPlane } from '@fairlead/control-plane';
import type { ClientOptions } from '@grpc/grpc-js';
import { register as registerXds } from '@grpc/grpc-js-xds';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import {
  type Bench,
  Echo,
  echoManifest,
  fairlead,
  Load,
  NAMESPACE,
  openBench,
  SERVICE,
  startFairlead,
  until,
} from './harness.js';

const TARGET = `xds:///${SERVICE}.${NAMESPACE}:8088`;

/** One address in front of control planes that come and go, as a Service is; it lets clients wait while there is none. */
class FrontDoor {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #waiting = new Set<Socket>();
  #port: number | undefined;

  constructor() {
    this.#server = createServer((socket) => this.#enter(socket));
  }

  async open(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  leadTo(port: number | undefined): void {
    this.#port = port;
    if (port === undefined) return;
    for (const socket of this.#waiting) this.#join(socket, port);
    this.#waiting.clear();
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #enter(socket: Socket): void {
    this.#keep(socket);
    if (this.#port === undefined) this.#waiting.add(socket);
    else this.#join(socket, this.#port);
  }

  #join(socket: Socket, port: number): void {
    const inner = connect(port, '127.0.0.1');
    this.#keep(inner);
    socket.pipe(inner).pipe(socket);
    inner.once('close', () => socket.destroy());
    socket.once('close', () => inner.destroy());
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
  }
}

let bench: Bench;
let controlPlane: ControlPlane | undefined;
const door = new FrontDoor();
const open: Echo[] = [];

async function start(): Promise<void> {
  const started = createControlPlane({ kubeconfig: bench.cluster.kubeconfig, port: 0 });
  controlPlane = started;
  const { port } = await started.start();
  door.leadTo(port);
}

async function stop(): Promise<void> {
  door.leadTo(undefined);
  await controlPlane?.close();
}

const READY = /^ready xds=127\.0\.0\.1:(\d+) admin=(\S+)\n$/;

/** The command line as a control plane, ready on any free port or on the one of another that has ended. */
async function serve(port = 0) {
  const { kubeconfig } = bench.cluster;
  const options = ['--port', `${port}`, '--admin-port', '0', '--drain', '0'];
  const { child, output, exited } = startFairlead(['xds', 'serve', '--kubeconfig', kubeconfig, ...options]);
  await until('it is ready', () => output.stdout.includes('\n'));
  expect(output.stdout).toMatch(READY);
  const [, listens, admin] = READY.exec(output.stdout) ?? [];
  return {
    port: Number(listens),
    async clients(): Promise<number> {
      const page = await fetch(`http://${admin}/clients`);
      return ((await page.json()) as { count: number }).count;
    },
    kill: () => child.kill('SIGKILL'),
    terminate: () => {
      child.kill('SIGTERM');
      return exited;
    },
  };
}

/** How many pods have so many calls. */
function busy(load: Load, calls: number): number {
  return [...load.pods.values()].filter((count) => count >= calls).length;
}

function client(target = TARGET, options: ClientOptions = {}): Echo {
  const echo = new Echo(bench.cluster.kubeconfig, target, options);
  open.push(echo);
  return echo;
}

beforeAll(async () => {
  bench = await openBench({
    nodes: [
      { name: 'node-a', zone: 'zone-a' },
      { name: 'node-b', zone: 'zone-b' },
    ],
  });
  await bench.cluster.apply(echoManifest(2));
  await until('two pods are ready', () => bench.rolledOut());
  await start();
  // One process has one bootstrap, which is read when its first client is made.
  process.env.GRPC_XDS_BOOTSTRAP_CONFIG = JSON.stringify({
    xds_servers: [{ server_uri: `127.0.0.1:${await door.open()}`, channel_creds: [{ type: 'insecure' }] }],
    node: { id: 'test', locality: {} },
  });
  Echo.register = registerXds;
});

afterEach(() => {
  for (const echo of open.splice(0)) echo.close();
});

afterAll(async () => {
  delete process.env.GRPC_XDS_BOOTSTRAP_CONFIG;
  await stop();
  door.close();
  await bench?.close();
});

// Comes first: the more streams grpc-js-xds has opened, the longer it waits for the next, whatever became of them.
it('keeps calls going when control planes end, in order or killed, and follows the cluster with the next one', async () => {
  const echo = client();
  await echo.reach(2);
  const load = new Load(echo, 300);
  const first = await serve();
  await stop();
  door.leadTo(first.port);
  await until('the client has found the first process', async () => (await first.clients()) > 0);
  first.kill();
  door.leadTo(undefined);
  await bench.scale(3);
  await until('the third pod is ready, and nobody told', () => bench.rolledOut());
  expect(busy(load, 1)).toBe(2);
  const second = await serve(first.port);
  door.leadTo(second.port);
  await until('the third pod answers', () => busy(load, 1) === 3);
  await load.stop();
  expect(load.failures).toEqual([]);
  door.leadTo(undefined);
  await start();
  expect(await second.terminate()).toEqual({ code: 0, signal: null });
});

it('spreads calls over all pods, follows the scale, loses no call in a rolling restart, refuses nothing', async () => {
  const echo = client();
  await echo.reach(3);
  const load = new Load(echo, 300);
  await until('all pods have many calls', () => busy(load, 100) === 3);
  const before = new Set(load.pods.keys());
  const renewed = (): number => [...load.pods.keys()].filter((pod) => !before.has(pod)).length;
  await bench.scale(2);
  await bench.restart();
  await until('new pods answer', () => renewed() === 2);
  await until('the rollout is over', () => bench.rolledOut());
  await bench.scale(3);
  await until('a third one answers', () => renewed() === 3);
  await load.stop();
  expect(load.failures).toEqual([]);
  // grpc-js-xds may open a second stream when one of an earlier client ends late.
  const clients = controlPlane?.clients() ?? [];
  expect(clients.map(({ node }) => node?.agent)).toContain('gRPC Node Pure JS');
  expect(clients.flatMap(({ refusals }) => refusals)).toEqual([]);
});

it('fails calls at once when there is no pod, and has them answered when there is one again', async () => {
  const echo = client();
  await echo.say();
  await bench.scale(0);
  const fails = (): Promise<boolean> =>
    echo.say().then(
      () => false,
      ({ code }) => code === 14,
    );
  await until('calls fail', fails);
  const waiting = echo.say({ waitForReady: true, deadlineMs: 30_000 });
  await bench.scale(2);
  expect(await waiting).toMatch(/^echo-/);
});

it('answers a name when its Service is made', async () => {
  const echo = client(`xds:///late.${NAMESPACE}.svc.cluster.local:8088`);
  const before = controlPlane?.targets ?? 0;
  const waiting = echo.say({ waitForReady: true, deadlineMs: 30_000 });
  await until('the name is asked for', () => controlPlane?.targets === before + 1);
  await bench.cluster.apply(echoManifest(3).replaceAll(`name: ${SERVICE},`, 'name: late,'));
  expect(await waiting).toMatch(/^echo-/);
});

it('prints the bootstrap that clients read', async () => {
  const printed = await fairlead(['xds', 'bootstrap', '--server', '127.0.0.1:18000']);
  expect(JSON.parse(printed.stdout)).toMatchObject({ xds_servers: [{ server_uri: '127.0.0.1:18000' }] });
});
