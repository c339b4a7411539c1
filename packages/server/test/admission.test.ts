import { decodeLoadReport } from '@fairlead/balancing';
import {
  type Client,
  credentials,
  Metadata,
  makeGenericClientConstructor,
  type ServerOptions,
  type StatusObject,
  status,
} from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type Admission,
  createAdmission,
  createHealth,
  createLifecycle,
  createLoadReports,
  type MeterProvider,
} from '../src/index.js';
import { dial, openStream, type RunningServer, say, startEcho, until } from './echo.js';
import { RecordingLogger } from './hosts.js';

const bytes = (value: Buffer): Buffer => value;
const LONG_MS = 15_000;
const logger = new RecordingLogger();
let running: RunningServer | undefined;
const clients: Client[] = [];

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  running?.server.forceShutdown();
});

async function start(
  options: ServerOptions,
  more: Parameters<typeof startEcho>[1] = () => {},
): Promise<void> {
  running = await startEcho(options, more);
}

function client(options: object = {}): Client {
  const made = dial(running?.address ?? '', options);
  clients.push(made);
  return made;
}

/** Takes up room with so many calls; returns what ends them. */
async function occupy(admission: Admission, count: number): Promise<() => void> {
  const busy = client();
  const before = admission.refused.in_flight;
  const request = Buffer.from(String(LONG_MS));
  const calls = Array.from({ length: count }, () =>
    busy.makeUnaryRequest('/test.Echo/Say', bytes, bytes, request, () => {}),
  );
  await untilRefused(client());
  expect(admission.refused.in_flight).toBeGreaterThan(before);
  return () => {
    for (const call of calls) call.cancel();
  };
}

async function untilRefused(from: Client): Promise<void> {
  const deadline = Date.now() + 10_000;
  while ((await say(from, 0)) !== status.RESOURCE_EXHAUSTED)
    if (Date.now() > deadline) throw new Error('no call was refused within 10 s');
}

async function untilAccepted(from: Client): Promise<void> {
  const deadline = Date.now() + 10_000;
  while ((await say(from, 0)) !== status.OK)
    if (Date.now() > deadline) throw new Error('no call was accepted within 10 s');
}

function endingOf(from: Client, ms: number, metadata = new Metadata()): Promise<StatusObject> {
  return new Promise((resolve) => {
    const call = from.makeUnaryRequest(
      '/test.Echo/Say',
      bytes,
      bytes,
      Buffer.from(String(ms)),
      metadata,
      () => {},
    );
    call.on('status', resolve);
  });
}

describe('a server at its bound of calls', () => {
  it('refuses with the time after which to try again, and accepts when a call has ended', async () => {
    const admission = createAdmission({ maxInFlight: 2, pushbackMs: 300, random: () => 0.5, logger });
    await start(admission.serverOptions);
    const release = await occupy(admission, 2);
    const refused = await endingOf(client(), 0);
    expect([refused.code, refused.details]).toEqual([
      status.RESOURCE_EXHAUSTED,
      'this server has too much to do: maxInFlight 2 is reached',
    ]);
    expect(refused.metadata.get('grpc-retry-pushback-ms')).toEqual(['300']);
    release();
    await untilAccepted(client());
  });

  it('refuses before the message is read', async () => {
    let read = 0;
    const admission = createAdmission({ maxInFlight: 1, logger });
    const codec = {
      requestSerialize: bytes,
      requestDeserialize: (value: Buffer) => {
        read++;
        return value;
      },
      responseSerialize: bytes,
      responseDeserialize: bytes,
    };
    const method = { path: '/test.Own/Hold', requestStream: false, responseStream: false, ...codec };
    await start(admission.serverOptions, (server) => server.addService({ Hold: method }, { Hold: () => {} }));
    const hold = (from: Client): Promise<StatusObject> =>
      new Promise((resolve) => {
        const big = Buffer.alloc(1_000_000);
        from.makeUnaryRequest(method.path, bytes, bytes, big, () => {}).on('status', resolve);
      });
    const holding = client();
    void hold(holding);
    await until('the first call is read', () => read === 1);
    const codes = await Promise.all(Array.from({ length: 5 }, async () => (await hold(client())).code));
    expect(codes).toEqual(Array(5).fill(status.RESOURCE_EXHAUSTED));
    expect(read).toBe(1);
  });

  it('still takes streams, health calls and what is exempt, and counts none of them', async () => {
    const health = createHealth();
    const admission = createAdmission({ maxInFlight: 1, exempt: ['test.Always'], logger });
    const always = {
      path: '/test.Always/Say',
      ...{ requestStream: false, responseStream: false },
      ...{ requestSerialize: bytes, requestDeserialize: bytes },
      ...{ responseSerialize: bytes, responseDeserialize: bytes },
    };
    await start(admission.serverOptions, (server) => {
      server.addService(health.definition, health.implementation);
      server.addService(
        { Say: always },
        { Say: (_call: unknown, done: (e: null, b: Buffer) => void) => done(null, Buffer.alloc(0)) },
      );
    });
    await occupy(admission, 1);
    const from = client();
    const codeOf = (path: string): Promise<status> =>
      new Promise((resolve) =>
        from
          .makeUnaryRequest(path, bytes, bytes, Buffer.alloc(0), () => {})
          .on('status', ({ code }: StatusObject) => resolve(code)),
      );
    expect(await codeOf('/grpc.health.v1.Health/Check')).toBe(status.OK);
    expect(await codeOf('/test.Always/Say')).toBe(status.OK);
    const { call, opened } = openStream(from);
    await opened;
    call.cancel();
    health.close();
  });

  it('refuses streams by a bound of their own, and ends none that is open', async () => {
    const admission = createAdmission({ maxStreams: 1, logger });
    await start(admission.serverOptions);
    const from = client();
    const open = openStream(from);
    await open.opened;
    const refused = await openStream(from).ended;
    expect([refused.code, refused.details]).toEqual([
      status.RESOURCE_EXHAUSTED,
      'this server has too much to do: maxStreams 1 is reached',
    ]);
    expect(await say(from, 0)).toBe(status.OK);
    const answered = new Promise((resolve) => open.call.once('data', resolve));
    open.call.write(Buffer.from('1'));
    await answered;
    expect(admission.refused).toEqual({ in_flight: 0, streams: 1, event_loop_delay: 0 });
    open.call.cancel();
  });

  it('counts refused calls for the meters by reason, and says so once', async () => {
    const added: unknown[] = [];
    const meterProvider: MeterProvider = {
      getMeter: (scope) => ({
        createCounter: (name) => ({
          add: (value, attributes) => added.push([scope, name, value, attributes]),
        }),
      }),
    };
    const log = new RecordingLogger();
    const admission = createAdmission({ maxStreams: 0, logger: log, meterProvider });
    await start(admission.serverOptions);
    for (let i = 0; i < 3; i++) await openStream(client()).ended;
    expect(added).toEqual(
      Array(3).fill(['@fairlead/server', 'fairlead.admission.refused', 1, { reason: 'streams' }]),
    );
    expect(log.lines).toEqual([
      {
        level: 'warn',
        msg: 'calls are refused: the server has too much to do',
        fields: { reason: 'streams', bound: 0, refused: 1 },
      },
    ]);
  });
});

describe('a client with a retry policy', () => {
  const retrying = {
    'grpc.service_config': JSON.stringify({
      methodConfig: [
        {
          name: [{}],
          retryPolicy: {
            maxAttempts: 5,
            initialBackoff: '20s',
            maxBackoff: '20s',
            backoffMultiplier: 1,
            retryableStatusCodes: ['RESOURCE_EXHAUSTED'],
          },
        },
      ],
    }),
  };

  it('tries again after the pushback and not after its own backoff', async () => {
    const admission = createAdmission({ maxInFlight: 1, pushbackMs: 500, random: () => 0.5, logger });
    await start(admission.serverOptions);
    const release = await occupy(admission, 1);
    const before = admission.refused.in_flight;
    const patient = say(client(retrying), 0);
    await until('the first attempt is refused', () => admission.refused.in_flight > before);
    release();
    // Its own backoff is up to 20 s, the deadline of the call.
    expect(await patient).toBe(status.OK);
  });

  it('does not try again when it must not', async () => {
    const admission = createAdmission({ maxInFlight: 1, pushbackMs: -1, logger });
    await start(admission.serverOptions);
    await occupy(admission, 1);
    const before = admission.refused.in_flight;
    expect(await say(client(retrying), 0)).toBe(status.RESOURCE_EXHAUSTED);
    expect(admission.refused.in_flight).toBe(before + 1);
  });
});

describe('a server whose event loop is late', () => {
  it('refuses until it is not', async () => {
    const admission = createAdmission({ maxEventLoopDelayMs: 200, logger });
    await start(admission.serverOptions);
    const from = client();
    expect(await say(from, 0)).toBe(status.OK);
    let busy = true;
    const block = (): void => {
      const endMs = Date.now() + 300;
      while (Date.now() < endMs);
      if (busy) setImmediate(block);
    };
    block();
    await untilRefused(from);
    expect(admission.refused.event_loop_delay).toBeGreaterThan(0);
    busy = false;
    await untilAccepted(from);
  });
});

describe('refused calls', () => {
  it('are errors in the load reports, carry a report, and do not make the server look fast', async () => {
    const admission = createAdmission({ maxInFlight: 1, logger });
    const loadReports = createLoadReports();
    const lifecycle = createLifecycle({ loadReports, admission, signals: [], logger });
    await start(lifecycle.serverOptions);
    await occupy(admission, 1);
    const { latencyMs } = loadReports.report();
    const ask = new Metadata();
    ask.set('fairlead-report-load', '1');
    const ends = await Promise.all(Array.from({ length: 10 }, () => endingOf(client(), 0, ask)));
    for (const { code, metadata } of ends) {
      const [report] = metadata.get('endpoint-load-metrics-bin');
      expect(code).toBe(status.RESOURCE_EXHAUSTED);
      expect(metadata.get('grpc-retry-pushback-ms')).toHaveLength(1);
      expect(report instanceof Uint8Array && decodeLoadReport(report)).toMatchObject({
        requestsInFlight: expect.any(Number),
      });
    }
    expect(loadReports.report().latencyMs).toBe(latencyMs);
    await until('a window of a second', () => (loadReports.report().eps ?? 0) > 0, 15_000);
    lifecycle.close();
  });

  it('neither hold a drain nor are lost in it', async () => {
    const admission = createAdmission({ maxInFlight: 1, logger });
    const lifecycle = createLifecycle({ admission, noticeMs: 0, exit: false, signals: [], logger });
    await start(lifecycle.serverOptions);
    if (running) lifecycle.attach(running.server);
    const release = await occupy(admission, 1);
    const drained = lifecycle.drain();
    release();
    expect(await drained).toMatchObject({ cut: 0 });
  });
});

it('createLifecycle adds health and load reports to a server in three lines', async () => {
  const health = createHealth();
  const loadReports = createLoadReports();
  const lifecycle = createLifecycle({ health, loadReports, exit: false, signals: [], noticeMs: 0, logger });
  await start(lifecycle.serverOptions);
  if (running) lifecycle.attach(running.server);
  const Generic = makeGenericClientConstructor(health.definition, 'Health');
  const checking = new Generic(running?.address ?? '', credentials.createInsecure());
  clients.push(checking);
  const answer = await new Promise((resolve, reject) =>
    checking.check?.({ service: 'readiness' }, (error: Error | null, value: unknown) =>
      error ? reject(error) : resolve(value),
    ),
  );
  expect(answer).toEqual({ status: 'SERVING' });
  await lifecycle.drain();
});
