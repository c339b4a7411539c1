import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type EndpointSet,
  type Logger,
  usableEndpoints,
  type Watch,
  watchEndpoints,
} from '@fairlead/discovery';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { account, mayWatch, requestToken, writeUserKubeconfig } from './accounts.js';
import { type Bench, echoManifest, NAMESPACE, openBench, until } from './harness.js';

const SERVICES = Array.from({ length: 25 }, (_, n) => `serv-${n}`);

/** Services with a cluster IP: which port of the pods is dialled only the Service object says. */
const MAPPED = Array.from({ length: 25 }, (_, n) => `mapped-${n}`);

const service = (name: string, spec: string): string => `
apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: ${NAMESPACE}}
spec: {selector: {app: echo}, ${spec}}
`;

const manifest = [
  ...SERVICES.map((name) => service(name, 'clusterIP: None, ports: [{name: tcp, port: 8088}]')),
  ...MAPPED.map((name) => service(name, 'ports: [{name: tcp, port: 80, targetPort: 8088}]')),
].join('---\n');

const client = [account('client'), mayWatch('client')].join('---\n');

/** Connections that the client keeps for its next requests. */
const IDLE = 4;

/** Passes connections on to the API server: each watch is one. */
class Turnstile {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  /** Connections that were ever made. */
  passed = 0;

  constructor(api: URL) {
    this.#server = createServer((near) => {
      this.passed++;
      const far = connect(Number(api.port), api.hostname);
      this.#sockets.add(near);
      near.on('close', () => this.#sockets.delete(near) && far.destroy());
      far.on('close', () => near.destroy());
      for (const socket of [near, far]) socket.on('error', () => {});
      near.pipe(far).pipe(near);
    });
  }

  get open(): number {
    return this.#sockets.size;
  }

  async start(): Promise<number> {
    await new Promise<void>((resolve) => void this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

let bench: Bench;
let folder: string;
let turnstile: Turnstile;
let kubeconfig: string;
const open: Watch[] = [];

beforeAll(async () => {
  bench = await openBench();
  folder = await mkdtemp(join(tmpdir(), 'fairlead-e2e-'));
  await bench.cluster.apply([echoManifest(2), manifest, client].join('---\n'));
  await until('two pods are ready', () => bench.rolledOut());
  const file = join(folder, 'kubeconfig');
  kubeconfig = await writeUserKubeconfig(bench, file, { token: await requestToken(bench, 'client') });
  const text = await readFile(kubeconfig, 'utf8');
  const [, server = ''] = /server: (\S+)/.exec(text) ?? [];
  turnstile = new Turnstile(new URL(server));
  const port = await turnstile.start();
  await writeFile(
    kubeconfig,
    text
      .replace(/server: .*/, `server: https://127.0.0.1:${port}`)
      .replace(/certificate-authority-data: .*/, 'insecure-skip-tls-verify: true'),
  );
});

afterEach(async () => {
  for (const each of open.splice(0)) each.close();
  await until('no connection is left', () => turnstile.open === 0);
});

afterAll(async () => {
  turnstile?.close();
  await bench?.close();
  await rm(folder, { recursive: true, force: true });
});

interface Options {
  readonly watchScope?: 'cluster';
  readonly logger?: Logger;
}

/** Watches Services; keeps every set that each was told. */
function watchAll(
  names: readonly string[],
  { port = 8088, ...options }: Options & { port?: number } = {},
): EndpointSet[][] {
  return names.map((name) => {
    const sets: EndpointSet[] = [];
    const onSet = (set: EndpointSet): void => void sets.push(set);
    const target = `k8s:///${name}.${NAMESPACE}:${port}`;
    open.push(watchEndpoints(target, { kubeconfig, lingerMs: 0, onSet, ...options }));
    return sets;
  });
}

const usable = (sets: readonly EndpointSet[]): number =>
  sets.length === 0 ? 0 : usableEndpoints(sets.at(-1) as EndpointSet).length;

it('follows 19 Services by a watch each, and 25 by one, without a word to their observers', async () => {
  const first = watchAll(SERVICES.slice(0, 19));
  await until('every Service has two endpoints', () => first.every((sets) => usable(sets) === 2));
  expect(turnstile.open).toBe(19);
  const told = first.map((sets) => sets.length);
  const later = watchAll(SERVICES.slice(19));
  await until('one watch serves them all', () => turnstile.open === 1);
  expect(first.map((sets) => sets.length)).toEqual(told);
  await until('the later ones have their endpoints', () => later.every((sets) => usable(sets) === 2));
  await bench.scale(3);
  await until('all hear of the third pod', () => [...first, ...later].every((sets) => usable(sets) === 3));
  expect(turnstile.open).toBe(1);
  await bench.scale(2);
  await until('all hear of its end', () =>
    [...first, ...later].every((sets) => sets.at(-1)?.endpoints.length === 2),
  );
});

it('reads 25 Service objects by one watch, beside the one of their slices', async () => {
  const all = watchAll(MAPPED, { port: 80 });
  await until('every Service has two endpoints', () => all.every((sets) => usable(sets) === 2));
  await until('two watches serve them all', () => turnstile.open <= 2 + IDLE);
  expect(all.map((sets) => sets.length)).toEqual(MAPPED.map(() => 1));
  const endpoints = all.flatMap((sets) => sets.at(-1)?.endpoints ?? []);
  expect(endpoints.every(({ addresses: [address] }) => address?.port === 8088)).toBe(true);
});

it('goes on namespace by namespace where the cluster may not be watched, and says so once', async () => {
  const warnings: unknown[] = [];
  const nothing = (): void => {};
  const warn: Logger['warn'] = (msg, fields) => void warnings.push({ msg, ...fields });
  const logger = { debug: nothing, info: nothing, warn, error: nothing };
  const all = watchAll(SERVICES.slice(0, 3), { watchScope: 'cluster', logger });
  await until('every Service has two endpoints', () => all.every((sets) => usable(sets) === 2));
  await until('one watch serves them all', () => turnstile.open === 1);
  expect(warnings).toEqual([
    {
      msg: 'the API server refuses to watch so much at once, going on with narrower watches',
      watch: 'cluster',
      error: expect.stringMatching(/^ServiceAccount nspace:client may not (?:list|watch) endpointslices/),
    },
  ]);
});
