import { createServer, type Http2Server } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { encodeLoadReport } from '@fairlead/balancing';
import { silentLogger } from '@fairlead/discovery';
import * as grpc from '@grpc/grpc-js';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { inspectChannels } from '../src/index.js';
import { registerWith } from '../src/registration/register.js';
import { Echo, until } from './support/calls.js';
import { endpoint, FakeSource, fakeCluster } from './support/fake-source.js';
import { Pod, type PodOptions } from './support/pods.js';

const source = new FakeSource();
const clients: Echo[] = [];
const servers: Http2Server[] = [];
const sockets: Socket[] = [];
const pods: Pod[] = [];

beforeAll(() => {
  registerWith({ logger: silentLogger }, { openCluster: () => fakeCluster(source) });
});

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  for (const pod of pods.splice(0)) pod.stop();
  for (const server of servers.splice(0)) server.close();
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** Starts a pod for each of the options. */
async function start(all: readonly PodOptions[]): Promise<void> {
  for (const [i, options] of all.entries()) {
    pods.push(await new Pod(`pod-${i}`, `127.0.10.${i + 1}`, options).start());
  }
  source.push(pods.map((pod) => pod.endpoint));
}

function dial(pick: object): Echo {
  const config = { loadBalancingConfig: [{ fairlead: { pick } }] };
  const client = new Echo('k8s:///svc.ns:8088', { 'grpc.service_config': JSON.stringify(config) });
  clients.push(client);
  return client;
}

const honestReport = () =>
  encodeLoadReport({ requestsInFlight: 1, latencyMs: 1, rps: 100, cpuUtilization: 0.5 });

function trailersOf(bytes: number): () => grpc.Metadata {
  return () => {
    const metadata = new grpc.Metadata();
    metadata.set('endpoint-load-metrics-bin', Buffer.alloc(bytes, 0x09));
    return metadata;
  };
}

it.each([
  ['10 kB', 10_000],
  ['40 kB', 40_000],
])('a trailer of %s is no report, and changes nothing', async (_what, bytes) => {
  await start([{ trailers: trailersOf(bytes) }, {}, {}]);
  const client = dial({ loadAware: {} });
  await client.spread(90);
  for (const pod of pods) expect(pod.calls).toBeGreaterThan(15);
  const endpoints = inspectChannels().channels[0]?.endpoints ?? [];
  expect(endpoints.map(({ report }) => report)).toEqual([null, null, null]);
});

/** A server whose every answer ends with a trailer of 1 MB, more than grpc-js sends or takes. */
async function startBoundless(host: string): Promise<Http2Server> {
  const server = createServer({ maxSendHeaderBlockLength: 2 ** 23 });
  server.on('session', (session) => session.on('error', () => session.destroy()));
  server.on('connection', (socket: Socket) => sockets.push(socket));
  server.on('stream', (stream) => {
    stream.on('error', () => {});
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () =>
      stream.sendTrailers({ 'grpc-status': '0', 'endpoint-load-metrics-bin': 'A'.repeat(1_400_000) }),
    );
    stream.end(Buffer.from([0, 0, 0, 0, 1, 65]));
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return server;
}

it('a trailer of 1 MB takes nothing along but the calls to that server', async () => {
  await start([{}, {}, {}]);
  const server = await startBoundless('127.0.12.1');
  servers.push(server);
  const { port } = server.address() as AddressInfo;
  source.push([...pods.map((pod) => pod.endpoint), endpoint('127.0.12.1', port)]);
  const client = dial({ loadAware: {} });
  client.client.getChannel().getConnectivityState(true);
  await until(() => inspectChannels().channels[0]?.connections.ready === 4, 'all four are connected');
  const calls = Array.from({ length: 40 }, () => client.say({ deadline: Date.now() + 2000 }));
  const answered = (await Promise.allSettled(calls)).filter(({ status }) => status === 'fulfilled');
  expect(answered.length).toBeGreaterThanOrEqual(24);
  for (const pod of pods) expect(pod.calls).toBeGreaterThanOrEqual(5);
});

const write = (bytes: Uint8Array) => (call: grpc.ServerWritableStream<Buffer, Buffer>) =>
  void call.write(Buffer.from(bytes));

/** What servers do that are asked for a stream of reports. */
const STREAMS: Record<string, NonNullable<PodOptions['onReportStream']>> = {
  garbage: write(Buffer.from('this is no protobuf')),
  large: write(Buffer.alloc(3_000_000, 9)),
  'too large for grpc-js': write(Buffer.alloc(5_000_000, 9)),
  silent: () => {},
  'over at once': (call) => call.end(),
  lying: write(encodeLoadReport({ rps: 1e300, cpuUtilization: 1e-300 })),
  flood: (call) => {
    const timer = setInterval(() => {
      for (let i = 0; i < 50; i++) write(honestReport())(call);
    }, 1);
    call.once('cancelled', () => clearInterval(timer));
  },
};

it('streams that bring no reports, or without end, change nothing at the other pods', async () => {
  const hostile = Object.values(STREAMS).map((onReportStream) => ({ onReportStream }));
  const honest = { loadReport: honestReport };
  await start([...hostile, honest, honest]);
  const [flood] = pods.filter(({ options }) => options.onReportStream === STREAMS.flood);
  const pick = { weightedRoundRobin: { outOfBand: true, outOfBandMs: 100, blackoutMs: 0, updateMs: 100 } };
  const client = dial(pick);
  const reports = () =>
    (inspectChannels().channels[0]?.endpoints ?? []).filter(({ report }) => report !== null);
  await until(async () => {
    await client.spread(10);
    return reports().length === 4 && flood?.reportStreamsEver === 1 && flood.reportStreams === 0;
  }, 'reports of the two that are honest, of the liar, and the end of the flood');
  const before = pods.map(({ calls }) => calls);
  await client.spread(200);
  const calls = pods.map((pod, i) => pod.calls - (before[i] ?? 0));
  const [last = 0, ...others] = calls.filter((_, i) => STREAMS.lying !== pods[i]?.options.onReportStream);
  for (const count of others) expect(Math.abs(count - last)).toBeLessThanOrEqual(2);
  // Nobody was asked again and again.
  for (const pod of pods) expect(pod.reportStreamsEver).toBeLessThanOrEqual(5);
  expect(flood?.reportStreamsEver).toBe(1);
});
