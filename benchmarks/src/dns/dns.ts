import { fork } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createDnsSource, type EndpointSet, parseDnsTarget } from '@fairlead/discovery';
import { seededRandom } from '#commands/random.js';
import { monotonicMs, waitFor } from '#commands/wait.js';
import type { Benchmark } from '../benchmark.js';
import { cpuMicroseconds } from '../clock.js';
import { interleave, perRound, ratio } from '../interleave.js';
import { createRow, type Row } from '../rows.js';
import { NameServer } from './name-server.js';

const NAME = 'svc.ns.svc.cluster.local';
const hostsOf = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `10.0.${i >> 8}.${i & 255}`);

const LOOKS = 100;
/** The TTL of the scale-ups (s): the shortest that is not bounded from below. */
const TTL_SECONDS = 1;
const SCALE_UPS = 5;
/** Later than the TTL by what a turn of the event loop and the query take. */
const GOAL_SEEN = 1.05;
/** How long queries are counted (ms), and under which TTL (s): CoreDNS's own. */
const COUNTED_MS = 20_000;
const COUNTED_TTL_SECONDS = 5;

/** One look of a client that knows nothing: what comes after `watch()` until the first set. */
function lookOnce(server: NameServer): Promise<EndpointSet> {
  const source = createDnsSource({ servers: [`127.0.0.1:${server.port}`] });
  return new Promise((resolve) => {
    const onSet = (set: EndpointSet): void => {
      source.close();
      resolve(set);
    };
    source.watch(parseDnsTarget(`headless:///${NAME}.:80`), { onSet });
  });
}

/** CPU of one look (µs). */
async function timeLooks(look: () => Promise<unknown>): Promise<number> {
  const started = cpuMicroseconds();
  for (let i = 0; i < LOOKS; i++) await look();
  return (cpuMicroseconds() - started) / LOOKS;
}

/** What a look costs, beside the one that grpc-js makes when it asks a server itself. */
async function lookRows(server: NameServer, n: number): Promise<Row[]> {
  await server.set(hostsOf(n), 5);
  const resolver = new Resolver();
  resolver.setServers([`127.0.0.1:${server.port}`]);
  // As resolver-dns.ts does with GRPC_NODE_USE_ALTERNATIVE_RESOLVER; getaddrinfo leaves this process.
  const grpcJs = () => Promise.allSettled([resolver.resolve4(NAME), resolver.resolve6(NAME)]);
  const ours = () => lookOnce(server);
  const samples = await interleave(
    {
      fairlead: () => timeLooks(ours),
      again: () => timeLooks(ours),
      grpcJs: () => timeLooks(grpcJs),
    },
    { rounds: 15, warmupRounds: 5, random: seededRandom(n) },
  );
  const common = { n, unit: 'µs' };
  const { fairlead, again } = samples;
  const ratios = [...perRound(ratio, fairlead, samples.grpcJs), ...perRound(ratio, again, samples.grpcJs)];
  return [
    createRow({ ...common, id: 'dns/look, ÷ grpc-js', subject: fairlead, again, ratios }),
    createRow({ ...common, id: 'dns/look of grpc-js', subject: samples.grpcJs }),
  ];
}

/** The slowest of a few scale-ups at moments that have nothing to do with the looks, as a part of the TTL. */
async function seenRow(server: NameServer): Promise<Row> {
  const random = seededRandom(7);
  const source = createDnsSource({ servers: [`127.0.0.1:${server.port}`] });
  let count = 10;
  let seen = (_size: number): void => {};
  await server.set(hostsOf(count), TTL_SECONDS);
  source.watch(parseDnsTarget(`headless:///${NAME}.:80`), { onSet: (set) => seen(set.endpoints.length) });
  const scaleUp = async (): Promise<number> => {
    await sleep(TTL_SECONDS * 1000 * (1 + random()));
    count += 1;
    const arrived = new Promise<void>((resolve) => {
      seen = (size) => size === count && resolve();
    });
    const started = monotonicMs();
    await server.set(hostsOf(count), TTL_SECONDS);
    await arrived;
    return (monotonicMs() - started) / (TTL_SECONDS * 1000);
  };
  const slowest = async (): Promise<number> => {
    const times: number[] = [];
    for (let i = 0; i < SCALE_UPS; i++) times.push(await scaleUp());
    return Math.max(...times);
  };
  const rounds = { rounds: 7, warmupRounds: 0, random };
  const samples = await interleave({ slowest }, rounds);
  source.close();
  return createRow({
    id: `dns/scale-up seen, slowest of ${SCALE_UPS}`,
    n: 10,
    unit: 'TTL',
    subject: samples.slowest,
    goal: GOAL_SEEN,
  });
}

async function countQueries(server: NameServer): Promise<number> {
  const before = await server.queries();
  await sleep(COUNTED_MS);
  return ((await server.queries()) - before) / (COUNTED_MS / 1000);
}

/** Queries for one target while nothing changes; grpc-js asks once and never again. */
async function queryRows(server: NameServer): Promise<Row[]> {
  await server.set(hostsOf(10), COUNTED_TTL_SECONDS);
  const source = createDnsSource({ servers: [`127.0.0.1:${server.port}`] });
  await new Promise((resolve) => {
    source.watch(parseDnsTarget(`headless:///${NAME}.:80`), { onSet: resolve });
  });
  const ours = await countQueries(server);
  source.close();
  const before = await server.queries();
  const child = fork(
    fileURLToPath(new URL('./grpc-js-client.js', import.meta.url)),
    [`dns://127.0.0.1:${server.port}/${NAME}:80`],
    { env: { ...process.env, GRPC_NODE_USE_ALTERNATIVE_RESOLVER: 'true' } },
  );
  const asked = async (): Promise<boolean> => (await server.queries()) >= before + 2;
  await waitFor('grpc-js has asked for both families', asked, { timeoutMs: 10_000 });
  const grpcJs = await countQueries(server);
  child.disconnect();
  const common = { n: 10, unit: '1/s' };
  return [
    createRow({ ...common, id: `dns/queries, TTL ${COUNTED_TTL_SECONDS} s`, subject: [ours] }),
    createRow({ ...common, id: 'dns/queries of grpc-js', subject: [grpcJs] }),
  ];
}

/** What it costs to know of a change within a TTL. */
export const dns: Benchmark = {
  name: 'dns',
  about: 'headless:/// targets: a scale-up seen, CPU of a look and queries, beside grpc-js dns',
  async run({ progress }) {
    const server = await NameServer.start();
    try {
      const rows: Row[] = [];
      for (const n of [10, 100]) {
        progress(`looks, N = ${n}`);
        rows.push(...(await lookRows(server, n)));
      }
      progress('scale-ups, a minute');
      rows.push(await seenRow(server));
      progress('queries, a minute');
      rows.push(...(await queryRows(server)));
      return rows;
    } finally {
      server.close();
    }
  },
};
