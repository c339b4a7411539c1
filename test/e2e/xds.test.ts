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

it('spreads calls over all pods, follows the scale, loses no call in a rolling restart, refuses nothing', async () => {
  const echo = client();
  await echo.reach(2);
  const load = new Load(echo, 300);
  await until('both pods have many calls', () => busy(load, 100) === 2);
  await bench.scale(3);
  await until('three pods answer', () => busy(load, 10) === 3);
  await bench.scale(2);
  await until('the deployment is scaled down', () => bench.rolledOut());
  const before = new Set(load.pods.keys());
  await bench.restart();
  await until('new pods answer', () => [...load.pods.keys()].filter((pod) => !before.has(pod)).length === 2);
  await until('the rollout is over', () => bench.rolledOut());
  await load.stop();
  expect(load.failures).toEqual([]);
  expect(controlPlane?.clients().map(({ node, refusals }) => [node?.agent, refusals])).toEqual([
    ['gRPC Node Pure JS', []],
  ]);
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

it('keeps calls going when the control plane is replaced, and follows the cluster with the new one', async () => {
  const echo = client();
  await echo.reach(2);
  const load = new Load(echo, 300);
  await stop();
  const calls = load.calls;
  await until('calls are answered without it', () => load.calls > calls + 50);
  await start();
  await bench.scale(3);
  await until('the third pod answers', () => busy(load, 1) === 3);
  await load.stop();
  expect(load.failures).toEqual([]);
});

it('answers a name when its Service is made', async () => {
  const echo = client(`xds:///late.${NAMESPACE}.svc.cluster.local:8088`);
  const waiting = echo.say({ waitForReady: true, deadlineMs: 30_000 });
  await until('the name is asked for', () => controlPlane?.targets === 2);
  await bench.cluster.apply(echoManifest(3).replaceAll(`name: ${SERVICE},`, 'name: late,'));
  expect(await waiting).toMatch(/^echo-/);
});

it('runs as a command, which says when it is ready and ends with code 0', async () => {
  const { kubeconfig } = bench.cluster;
  const served = startFairlead(['xds', 'serve', '--kubeconfig', kubeconfig, '--port', '0', '--drain', '0']);
  await until('it is ready', () => served.output.stdout.includes('\n'));
  const [, address] = /^ready xds=(127\.0\.0\.1:\d+)\n$/.exec(served.output.stdout) ?? [];
  const printed = await fairlead(['xds', 'bootstrap', '--server', String(address)]);
  expect(JSON.parse(printed.stdout)).toMatchObject({ xds_servers: [{ server_uri: address }] });
  served.child.kill('SIGTERM');
  expect(await served.exited).toEqual({ code: 0, signal: null });
});
