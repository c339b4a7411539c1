import { decodeLoadReport, encodeReportRequest, type LoadReport } from '@fairlead/balancing';
import {
  type Client,
  type ClientReadableStream,
  type handleUnaryCall,
  Metadata,
  status,
} from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { createLifecycle, createLoadReports, type LoadReports, ServerError } from '../src/index.js';
import { dial, openStream, type RunningServer, startEcho, until } from './echo.js';

const bytes = (value: Buffer): Buffer => value;
let running: RunningServer | undefined;
let client: Client | undefined;

afterEach(() => {
  client?.close();
  running?.server.forceShutdown();
});

async function start(reports: LoadReports): Promise<Client> {
  running = await startEcho(reports.serverOptions, (server) =>
    server.addService(reports.definition, reports.implementation),
  );
  client = dial(running.address);
  return client;
}

/** The trailers of a call that asks for a report, or does not. */
function trailersOf(to: Client, asks: boolean, path = '/test.Echo/Say'): Promise<Metadata> {
  const metadata = new Metadata();
  if (asks) metadata.set('fairlead-report-load', '1');
  return new Promise((resolve) => {
    const call = to.makeUnaryRequest(path, bytes, bytes, Buffer.from('0'), metadata, () => {});
    call.on('status', ({ metadata: trailers }) => resolve(trailers));
  });
}

function reportIn(trailers: Metadata): LoadReport | undefined {
  const [report] = trailers.get('endpoint-load-metrics-bin');
  return report instanceof Uint8Array ? decodeLoadReport(report) : undefined;
}

function stream(to: Client, intervalMs: number): ClientReadableStream<Buffer> {
  const path = '/xds.service.orca.v3.OpenRcaService/StreamCoreMetrics';
  const request = Buffer.from(encodeReportRequest(intervalMs));
  return to.makeServerStreamRequest(path, bytes, bytes, request, new Metadata());
}

const first = (from: ClientReadableStream<Buffer>): Promise<LoadReport | undefined> =>
  new Promise((resolve, reject) => {
    from.once('data', (report: Buffer) => resolve(decodeLoadReport(report)));
    from.once('error', reject);
  });

const ending = (of: ClientReadableStream<Buffer>): Promise<status> =>
  new Promise((resolve) => {
    of.on('data', () => {});
    of.on('error', () => {});
    of.on('status', ({ code }) => resolve(code));
  });

describe('load reports in trailers', () => {
  it('come with the calls that ask for them, and only with those', async () => {
    const to = await start(createLoadReports());
    expect(reportIn(await trailersOf(to, false))).toBeUndefined();
    const report = reportIn(await trailersOf(to, true));
    expect(report).toMatchObject({ requestsInFlight: 0 });
    expect(report?.latencyMs).toBeGreaterThanOrEqual(0);
  });

  it('count the unary calls of everybody, and no stream that is open', async () => {
    const reports = createLoadReports();
    const to = await start(reports);
    const idle = openStream(to);
    await idle.opened;
    const open = Array.from({ length: 3 }, () =>
      to.makeUnaryRequest('/test.Echo/Say', bytes, bytes, Buffer.from('20000'), () => {}),
    );
    await until('three calls', () => reports.report().requestsInFlight === 3);
    // That call itself has ended when its report is made.
    expect(reportIn(await trailersOf(to, true))?.requestsInFlight).toBe(3);
    for (const call of open) call.cancel();
    idle.call.cancel();
    await until('no call', () => reports.report().requestsInFlight === 0);
  });

  it('say how busy the process is', async () => {
    const reports = createLoadReports();
    const to = await start(reports);
    await trailersOf(to, true);
    const endMs = Date.now() + 700;
    while (Date.now() < endMs);
    const report = reportIn(await trailersOf(to, true));
    expect(report?.applicationUtilization).toBeGreaterThan(0.5);
    expect(report?.applicationUtilization).toBeLessThanOrEqual(1);
    expect(report?.cpuUtilization).toBeGreaterThan(0);
  });

  it('carry the figures of the application', async () => {
    const reports = createLoadReports();
    const to = await start(reports);
    reports.setMetric('queue', 7);
    const [report] = (await trailersOf(to, true)).get('endpoint-load-metrics-bin');
    expect(String(report)).toContain('queue');
    expect(() => reports.setMetric('queue', Number.NaN)).toThrow(ServerError);
    reports.setMetric('queue', undefined);
    const [after] = (await trailersOf(to, true)).get('endpoint-load-metrics-bin');
    expect(String(after)).not.toContain('queue');
  });
});

describe('calls of a handler of its own', () => {
  const path = '/test.Own/Say';
  const method = { path, requestStream: false, responseStream: false } as const;
  const codec = {
    ...{ requestSerialize: bytes, requestDeserialize: bytes },
    ...{ responseSerialize: bytes, responseDeserialize: bytes },
  };

  async function startOwn(reports: LoadReports, handler: handleUnaryCall<Buffer, Buffer>): Promise<Client> {
    running = await startEcho(reports.serverOptions, (server) =>
      server.addService({ Say: { ...method, ...codec } }, { Say: handler }),
    );
    client = dial(running.address);
    return client;
  }

  it('trailers that all calls share stay without a report', async () => {
    const shared = new Metadata();
    shared.set('own', 'word');
    const to = await startOwn(createLoadReports(), (_call, done) => done(null, Buffer.alloc(0), shared));
    const asked = await trailersOf(to, true, path);
    expect(reportIn(asked)).toBeDefined();
    expect(asked.get('own')).toEqual(['word']);
    expect(reportIn(await trailersOf(to, false, path))).toBeUndefined();
  });

  it('calls that the server fails do not make it look fast, those that it answers with a no count', async () => {
    let code = status.INTERNAL;
    const reports = createLoadReports();
    const to = await startOwn(reports, (_call, done) => done({ code }));
    await trailersOf(to, true, path);
    expect(reports.report()).not.toHaveProperty('latencyMs');
    code = status.NOT_FOUND;
    await trailersOf(to, true, path);
    expect(reports.report().latencyMs).toBeGreaterThanOrEqual(0);
  });
});

describe('load reports on a stream', () => {
  it('come at once and again, and are no calls themselves', async () => {
    const reports = createLoadReports({ minIntervalMs: 10 });
    const from = stream(await start(reports), 10);
    expect(await first(from)).toMatchObject({ requestsInFlight: 0 });
    expect(await first(from)).toMatchObject({ requestsInFlight: 0 });
    from.cancel();
  });

  it('are refused beyond the number of streams, and end when the reports are closed', async () => {
    const reports = createLoadReports({ maxStreams: 1 });
    const to = await start(reports);
    const one = stream(to, 1000);
    await first(one);
    expect(await ending(stream(to, 1000))).toBe(status.RESOURCE_EXHAUSTED);
    const ended = ending(one);
    reports.close();
    expect(await ended).toBe(status.UNAVAILABLE);
    expect(await ending(stream(to, 1000))).toBe(status.UNAVAILABLE);
  });

  it('are refused beyond the number of streams of one client, not to another client', async () => {
    const to = await start(createLoadReports({ maxStreamsPerClient: 1 }));
    const one = stream(to, 1000);
    await first(one);
    expect(await ending(stream(to, 1000))).toBe(status.RESOURCE_EXHAUSTED);
    const other = dial(running?.address ?? '', { 'grpc.use_local_subchannel_pool': 1 });
    const another = stream(other, 1000);
    expect(await first(another)).toBeDefined();
    const ended = [ending(one), ending(another)];
    one.cancel();
    another.cancel();
    await Promise.all(ended);
    // The server learns of it a moment later.
    let again = stream(to, 1000);
    while ((await first(again).catch(() => undefined)) === undefined) again = stream(to, 1000);
    again.cancel();
    other.close();
  });

  it('are refused to a request that is none', async () => {
    const to = await start(createLoadReports());
    const path = '/xds.service.orca.v3.OpenRcaService/StreamCoreMetrics';
    const from = to.makeServerStreamRequest(path, bytes, bytes, Buffer.from([0x0a, 0x7f]), new Metadata());
    expect(await ending(from)).toBe(status.INVALID_ARGUMENT);
  });

  it('do not hold the drain of a server', async () => {
    const reports = createLoadReports();
    const lifecycle = createLifecycle({ noticeMs: 0, graceMs: 60_000, exit: false, signals: [] });
    const interceptors = [...lifecycle.serverOptions.interceptors, ...reports.serverOptions.interceptors];
    running = await startEcho({ interceptors }, (server) =>
      server.addService(reports.definition, reports.implementation),
    );
    client = dial(running.address);
    lifecycle.attach(running.server);
    const from = stream(client, 1000);
    await first(from);
    const ended = ending(from);
    expect(await lifecycle.drain()).toMatchObject({ finished: 0, cut: 0 });
    expect(await ended).toBe(status.UNAVAILABLE);
  });
});

it.each([
  [{ minIntervalMs: 5 }, 'minIntervalMs: 5 is not accepted: whole milliseconds from 10 to 86400000'],
  [
    { minInterval: 5 },
    'option: "minInterval" is not accepted: minIntervalMs, maxStreams, maxStreamsPerClient, clock',
  ],
  [{ maxStreamsPerClient: 0 }, 'maxStreamsPerClient: 0 is not accepted: a whole number, 1 or more'],
  [{ maxStreams: -1 }, 'maxStreams: -1 is not accepted: a whole number, 0 or more'],
])('refuses %j', (options: object, message) => {
  expect(() => createLoadReports(options)).toThrow(message);
});
