import { connect } from 'node:net';
import { type Client, type ServerOptions, type ServerWritableStream, status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { createHealth, createLifecycle, type Lifecycle, type LifecycleOptions } from '../src/index.js';
import { dial, openStream, type RunningServer, say, startEcho, until } from './echo.js';
import { FakeProcess, RecordingLogger } from './hosts.js';

const opened: { close(): void }[] = [];

afterEach(() => {
  for (const each of opened.splice(0)) each.close();
});

/** Closes it when the test has ended. */
function keep<T extends { close(): void }>(thing: T): T {
  opened.push(thing);
  return thing;
}

interface Rig {
  readonly lifecycle: Lifecycle;
  readonly running: RunningServer;
  readonly client: Client;
  readonly process: FakeProcess;
}

async function rig(options: LifecycleOptions = {}, serverOptions?: ServerOptions): Promise<Rig> {
  const process = new FakeProcess();
  const health = createHealth();
  const lifecycle = createLifecycle({
    noticeMs: 50,
    graceMs: 5000,
    logger: new RecordingLogger(),
    process,
    health,
    ...options,
  });
  const running = await startEcho(serverOptions ?? lifecycle.serverOptions, (server) =>
    server.addService(health.definition, health.implementation),
  );
  lifecycle.attach(running.server);
  keep({ close: () => running.server.forceShutdown() });
  return { lifecycle, running, client: keep(dial(running.address)), process };
}

function refusesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', () => resolve(true));
  });
}

/** An open Health.Watch; resolves to the code that it ends with. */
function watchHealth(client: Client): { seen: () => number; code: Promise<status> } {
  const { definition } = createHealth();
  const call = client.makeServerStreamRequest(
    definition.Watch.path,
    definition.Watch.requestSerialize,
    definition.Watch.responseDeserialize,
    { service: '' },
  );
  let seen = 0;
  call.on('data', () => seen++);
  call.on('error', () => {});
  return { seen: () => seen, code: new Promise((resolve) => call.on('status', ({ code }) => resolve(code))) };
}

describe('a drain', () => {
  it('accepts new connections and calls during the notice and none after it', async () => {
    const { lifecycle, running, client } = await rig({ noticeMs: 300 });
    const drained = lifecycle.drain();
    expect(await say(client, 0)).toBe(status.OK);
    expect(await refusesConnections(running.port)).toBe(false);
    expect(await say(keep(dial(running.address)), 0)).toBe(status.OK);
    await drained;
    expect(await refusesConnections(running.port)).toBe(true);
    expect(await say(client, 0)).toBe(status.UNAVAILABLE);
  });

  it('lets calls in flight finish and then is done at once', async () => {
    const { lifecycle, client } = await rig({ noticeMs: 20, graceMs: 15_000 });
    const calls = Promise.all([say(client, 300), say(client, 400)]);
    await say(client, 0);
    const result = await lifecycle.drain();
    expect(await calls).toEqual([status.OK, status.OK]);
    expect(result).toMatchObject({ finished: 2, cut: 0 });
    expect(result.tookMs).toBeLessThan(10_000);
  });

  it('ends streams and calls that outlast the grace with UNAVAILABLE, none CANCELLED', async () => {
    const { lifecycle, client } = await rig({ graceMs: 100 });
    const streams = Array.from({ length: 10 }, () => openStream(client));
    await Promise.all(streams.map((stream) => stream.opened));
    const unary = say(client, 60_000);
    const result = await lifecycle.drain();
    expect(await unary).toBe(status.UNAVAILABLE);
    for (const stream of streams) {
      expect(await stream.ended).toMatchObject({
        code: status.UNAVAILABLE,
        details: 'server is shutting down',
      });
    }
    expect(result).toMatchObject({ cut: 11 });
  });

  it('ends a stream in the middle of its messages with UNAVAILABLE', async () => {
    const { lifecycle, client } = await rig({ noticeMs: 0, graceMs: 150 });
    const stream = openStream(client);
    await stream.opened;
    const pump = setInterval(() => stream.call.write(Buffer.from('1000')), 1);
    const { cut } = await lifecycle.drain();
    expect((await stream.ended).code).toBe(status.UNAVAILABLE);
    clearInterval(pump);
    expect(cut).toBe(1);
  });

  it('delivers UNAVAILABLE to a slow reader although its handler goes on writing', async () => {
    const { lifecycle, client } = await rig({ noticeMs: 0, graceMs: 100 });
    const stream = openStream(client, { answerBytes: 300_000, read: false });
    await stream.opened;
    const pump = setInterval(() => stream.call.write(Buffer.from('1000')), 1);
    const drained = lifecycle.drain();
    setTimeout(() => stream.call.resume(), 250);
    expect((await stream.ended).code).toBe(status.UNAVAILABLE);
    clearInterval(pump);
    expect((await drained).cut).toBe(1);
  });

  it('is not held by a client that does not read', async () => {
    const { lifecycle, client } = await rig({ noticeMs: 0, graceMs: 100 });
    const stream = openStream(client, { answerBytes: 3_000_000, read: false });
    await stream.opened;
    const result = await lifecycle.drain();
    expect(result.cut).toBe(1);
    expect(result.tookMs).toBeLessThan(5000);
    stream.call.cancel();
    await stream.ended;
  });

  it('is not held by an open Health.Watch', async () => {
    const { lifecycle, client } = await rig({ graceMs: 15_000 });
    const watching = watchHealth(client);
    await until('the first status', () => watching.seen() === 1);
    const result = await lifecycle.drain();
    expect(await watching.code).toBe(status.UNAVAILABLE);
    expect(watching.seen()).toBe(2);
    expect(result).toMatchObject({ finished: 0, cut: 0 });
    expect(result.tookMs).toBeLessThan(10_000);
  });

  it('is not held by the Health.Watch of a foreign health service', async () => {
    const { definition } = createHealth();
    const lifecycle = createLifecycle({
      noticeMs: 20,
      graceMs: 15_000,
      logger: new RecordingLogger(),
      process: new FakeProcess(),
    });
    const foreign = {
      Watch: (call: ServerWritableStream<object, object>) => void call.write({ status: 'SERVING' }),
    };
    const running = await startEcho(lifecycle.serverOptions, (server) =>
      server.addService({ Watch: definition.Watch }, foreign),
    );
    lifecycle.attach(running.server);
    const watching = watchHealth(keep(dial(running.address)));
    await until('the first status', () => watching.seen() === 1);
    const result = await lifecycle.drain();
    expect(await watching.code).toBe(status.UNAVAILABLE);
    expect(result.tookMs).toBeLessThan(10_000);
  });

  it('is not held by a connection on which nobody speaks HTTP/2, but by calls', async () => {
    const { lifecycle, running, client } = await rig({ noticeMs: 20, graceMs: 15_000 });
    const silent = connect({ port: running.port, host: '127.0.0.1', allowHalfOpen: true });
    silent.on('error', () => {});
    keep({ close: () => silent.destroy() });
    await new Promise((resolve) => silent.once('connect', resolve));
    await say(client, 0);
    const call = say(client, 1500);
    await say(client, 0);
    const result = await lifecycle.drain();
    expect(await call).toBe(status.OK);
    expect(result).toMatchObject({ finished: 1, cut: 0 });
    expect(result.tookMs).toBeGreaterThan(1500);
    expect(result.tookMs).toBeLessThan(10_000);
  });

  it('waits all of the grace for a server whose calls nobody counts', async () => {
    const { lifecycle, client } = await rig({ noticeMs: 20, graceMs: 15_000 }, {});
    const call = say(client, 1500);
    await say(client, 0);
    await lifecycle.drain();
    expect(await call).toBe(status.OK);
  });

  it('skips to its end at a second signal', async () => {
    const { client, process } = await rig({ noticeMs: 60_000, graceMs: 60_000 });
    const stream = openStream(client);
    await stream.opened;
    process.send('SIGTERM');
    expect(await say(client, 0)).toBe(status.OK);
    process.send('SIGTERM');
    expect((await stream.ended).code).toBe(status.UNAVAILABLE);
    await until('the exit', () => process.exits.length === 1);
    expect(process.exits).toEqual([0]);
  });

  it('counts over all servers of the lifecycle', async () => {
    const { lifecycle, client } = await rig({ graceMs: 100 });
    const second = await startEcho(lifecycle.serverOptions);
    lifecycle.attach(second.server);
    const streams = [openStream(client), openStream(keep(dial(second.address)))];
    await Promise.all(streams.map((stream) => stream.opened));
    expect((await lifecycle.drain()).cut).toBe(2);
    expect(await Promise.all(streams.map(async (stream) => (await stream.ended).code))).toEqual([
      status.UNAVAILABLE,
      status.UNAVAILABLE,
    ]);
  });

  it('drains a server that a framework hides behind stop and force', async () => {
    const lifecycle = createLifecycle({
      noticeMs: 20,
      graceMs: 1_000,
      logger: new RecordingLogger(),
      process: new FakeProcess(),
    });
    const { server, address } = await startEcho(lifecycle.serverOptions);
    lifecycle.attach({
      stop: () => new Promise((resolve) => server.tryShutdown(resolve)),
      force: () => server.forceShutdown(),
    });
    const client = keep(dial(address));
    const stream = openStream(client);
    await stream.opened;
    const short = say(client, 60);
    const result = await lifecycle.drain();
    expect([await short, (await stream.ended).code]).toEqual([status.OK, status.UNAVAILABLE]);
    expect(result).toMatchObject({ finished: 1, cut: 1 });
  });

  it('ends what is left CANCELLED and uncounted when the server lacks the interceptor', async () => {
    const { lifecycle, client } = await rig({ graceMs: 100 }, {});
    const stream = openStream(client);
    await stream.opened;
    const result = await lifecycle.drain();
    expect((await stream.ended).code).toBe(status.CANCELLED);
    expect(result).toMatchObject({ finished: 0, cut: 0 });
  });

  it('counts a call that its client cancels as finished', async () => {
    const { lifecycle, client } = await rig();
    const stream = openStream(client);
    await stream.opened;
    const drained = lifecycle.drain();
    stream.call.cancel();
    expect(await drained).toMatchObject({ finished: 1, cut: 0 });
  });
});
