import { ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { FakeProcess, RecordingLogger, settle, VirtualClock } from '../test/hosts.js';
import type { DrainResult, StoppableServer } from './drain.js';
import { ServerError } from './errors.js';
import { createLifecycle, type GrpcServer, type Lifecycle } from './lifecycle.js';
import type { LifecycleOptions } from './options.js';

/** A server that stops when the test says so. */
class FakeServer implements StoppableServer {
  readonly log: string[];
  finish: () => void = () => {};

  constructor(log: string[]) {
    this.log = log;
  }

  stop(): Promise<void> {
    this.log.push('stop');
    return new Promise((resolve) => {
      this.finish = resolve;
    });
  }

  force(): void {
    this.log.push('force');
  }
}

interface Rig {
  readonly lifecycle: Lifecycle;
  readonly clock: VirtualClock;
  readonly process: FakeProcess;
  readonly logger: RecordingLogger;
  readonly log: string[];
  readonly server: FakeServer;
}

function rig(options: LifecycleOptions = {}): Rig {
  const log: string[] = [];
  const health = {
    shutdown: () => void log.push('not serving'),
    close: () => void log.push('watches ended'),
  };
  const [clock, process, logger] = [new VirtualClock(), new FakeProcess(), new RecordingLogger()];
  const lifecycle = createLifecycle({ health, clock, process, logger, ...options });
  const server = new FakeServer(log);
  lifecycle.attach(server);
  return { lifecycle, clock, process, logger, log, server };
}

describe('serverOptions', () => {
  it('has the interceptors of all parts, the one of the lifecycle next to the wire', () => {
    const part = (): { serverOptions: { interceptors: ServerInterceptor[] } } => ({
      serverOptions: { interceptors: [(_method, call) => new ServerInterceptingCall(call)] },
    });
    const [loadReports, admission] = [part(), part()];
    const { lifecycle } = rig({ loadReports, admission });
    expect(lifecycle.serverOptions.interceptors.slice(1)).toEqual([
      ...loadReports.serverOptions.interceptors,
      ...admission.serverOptions.interceptors,
    ]);
    expect(lifecycle.serverOptions.interceptors).toHaveLength(3);
  });
});

describe('drain', () => {
  it('goes through its phases in order and at their times', async () => {
    const { lifecycle, clock, process, log, server } = rig();
    expect(lifecycle.ready).toBe(true);
    process.send('SIGTERM');
    expect([lifecycle.ready, log]).toEqual([false, ['not serving']]);
    await clock.advance(4999);
    expect(log).toEqual(['not serving']);
    await clock.advance(1);
    expect(log).toEqual(['not serving', 'watches ended', 'stop']);
    await clock.advance(3000);
    expect(process.exits).toEqual([]);
    server.finish();
    await settle();
    expect(process.exits).toEqual([0]);
    expect(log).toEqual(['not serving', 'watches ended', 'stop']);
    expect(clock.pending).toBe(0);
    expect(await lifecycle.drain()).toEqual({ signal: 'SIGTERM', finished: 0, cut: 0, tookMs: 8000 });
  });

  it('forces what has not stopped after graceMs, and a moment for the last bytes', async () => {
    const { clock, process, log } = rig();
    process.send('SIGTERM');
    await clock.advance(5000 + 20_000);
    expect(log).not.toContain('force');
    await clock.advance(500);
    expect(log.at(-1)).toBe('force');
    expect(process.exits).toEqual([0]);
    expect(clock.pending).toBe(0);
  });

  it.each([
    ['the notice', 1000],
    ['the grace', 6000],
  ])('skips to its end at a second signal during %s', async (_phase, atMs) => {
    const { clock, process, log } = rig({ signals: ['SIGTERM', 'SIGINT'] });
    process.send('SIGTERM');
    await clock.advance(atMs);
    process.send('SIGINT');
    await clock.advance(500);
    expect(log).toEqual(['not serving', 'watches ended', 'stop', 'force']);
    expect(process.exits).toEqual([0]);
    expect(clock.pending).toBe(0);
  });

  it('asked for by the application leaves the process running', async () => {
    const { lifecycle, clock, process, server } = rig();
    const drained = lifecycle.drain();
    expect(lifecycle.drain()).toBe(drained);
    await clock.advance(5000);
    server.finish();
    expect((await drained).signal).toBeNull();
    expect(process.exits).toEqual([]);
  });

  it('begun by the application goes on as planned at the first signal, and then exits', async () => {
    const { lifecycle, clock, process, log, server } = rig();
    const drained = lifecycle.drain();
    await clock.advance(1000);
    process.send('SIGTERM');
    await clock.advance(1000);
    expect(log).toEqual(['not serving']);
    await clock.advance(3000);
    server.finish();
    expect((await drained).signal).toBe('SIGTERM');
    await settle();
    expect(process.exits).toEqual([0]);
  });

  it('does not exit when told not to', async () => {
    const { lifecycle, clock, process, server } = rig({ exit: false, noticeMs: 0 });
    process.send('SIGTERM');
    await clock.advance(0);
    server.finish();
    await lifecycle.drain();
    expect(process.exits).toEqual([]);
  });

  it('stops all servers at once and waits for all of them', async () => {
    const { lifecycle, clock, process, log, server } = rig({ noticeMs: 10 });
    const second = new FakeServer(log);
    lifecycle.attach(second);
    lifecycle.attach(second);
    process.send('SIGTERM');
    await clock.advance(10);
    expect(log.filter((line) => line === 'stop')).toHaveLength(2);
    server.finish();
    await settle();
    expect(process.exits).toEqual([]);
    second.finish();
    await settle();
    expect(process.exits).toEqual([0]);
  });

  it('is done at once without a server', async () => {
    const clock = new VirtualClock();
    const logger = new RecordingLogger();
    const lifecycle = createLifecycle({ clock, logger, noticeMs: 0, process: new FakeProcess() });
    const drained = lifecycle.drain();
    await clock.advance(0);
    expect(await drained).toEqual({ signal: null, finished: 0, cut: 0, tookMs: 0 });
  });

  it('logs its result', async () => {
    const { lifecycle, clock, logger, server } = rig({ noticeMs: 5 });
    const drained = lifecycle.drain();
    await clock.advance(5);
    server.finish();
    const result: DrainResult = await drained;
    expect(logger.lines.at(-1)).toEqual({ level: 'info', msg: 'drained', fields: result });
  });

  it('takes a grpc.Server by its shape', async () => {
    const clock = new VirtualClock();
    const logger = new RecordingLogger();
    const calls: string[] = [];
    const server: GrpcServer = {
      tryShutdown: (callback) => {
        calls.push('try');
        callback(new Error('not bound'));
      },
      forceShutdown: () => void calls.push('force'),
    };
    const lifecycle = createLifecycle({ clock, logger, noticeMs: 0, process: new FakeProcess() });
    lifecycle.attach(server);
    const drained = lifecycle.drain();
    await clock.advance(0);
    await drained;
    expect(calls).toEqual(['try']);
    expect(logger.of('error')).toEqual(['a server could not be stopped']);
  });
});

describe('what fails in a drain is logged and stops nothing', () => {
  it.each([
    ['a health that throws', 'health could not be set to NOT_SERVING'],
    ['a server whose stop throws', 'a server could not be stopped'],
    ['a server whose force rejects', 'a server could not be forced'],
    ['a beforeClose that throws', 'beforeClose failed'],
  ])('%s', async (what, message) => {
    const fail = (): never => {
      throw new Error('no');
    };
    const clock = new VirtualClock();
    const logger = new RecordingLogger();
    const process = new FakeProcess();
    const lifecycle = createLifecycle({
      clock,
      logger,
      process,
      health: { shutdown: what.includes('health') ? fail : () => {}, close: () => {} },
      beforeClose: what.includes('beforeClose') ? fail : () => {},
    });
    lifecycle.attach({
      stop: what.includes('stop') ? fail : () => new Promise(() => {}),
      force: what.includes('force') ? () => Promise.reject(new Error('no')) : () => {},
    });
    process.send('SIGTERM');
    await clock.advance(5000 + 20_000 + 500);
    expect(logger.of('error')).toEqual([message]);
    expect(process.exits).toEqual([0]);
  });
});

describe('beforeClose', () => {
  it('runs after the last call and before the exit', async () => {
    const { clock, process, log, server } = rig({
      beforeClose: async () => void log.push('beforeClose'),
      noticeMs: 1,
    });
    process.send('SIGTERM');
    await clock.advance(1);
    expect(log).not.toContain('beforeClose');
    server.finish();
    await settle();
    expect(log.at(-1)).toBe('beforeClose');
    expect(process.exits).toEqual([0]);
  });

  it.each([
    ['what is left of the grace', 4000, 16_000],
    ['a second when the calls used it up', 19_999, 1000],
  ])('may take %s', async (_what, stoppedAfterMs, limitMs) => {
    const { clock, process, logger, server } = rig({ beforeClose: () => new Promise(() => {}) });
    process.send('SIGTERM');
    await clock.advance(5000);
    await clock.advance(stoppedAfterMs);
    server.finish();
    await clock.advance(limitMs - 1);
    expect(process.exits).toEqual([]);
    await clock.advance(1);
    expect(process.exits).toEqual([0]);
    expect(logger.of('warn')).toEqual(['beforeClose did not end in time']);
  });

  it('is not waited for after a second signal while it runs, and a second at most after an earlier one', async () => {
    const hanging = { beforeClose: () => new Promise(() => {}), noticeMs: 0 };
    const during = rig(hanging);
    during.process.send('SIGTERM');
    await during.clock.advance(0);
    during.server.finish();
    await settle();
    during.process.send('SIGTERM');
    await settle();
    expect(during.process.exits).toEqual([0]);

    const before = rig(hanging);
    before.process.send('SIGTERM');
    before.process.send('SIGTERM');
    await before.clock.advance(500 + 1000);
    expect(before.process.exits).toEqual([0]);
  });
});

describe('attach and close', () => {
  it('arms the signals with the first server and disarms them with close', () => {
    const process = new FakeProcess();
    const lifecycle = createLifecycle({ process, signals: ['SIGTERM', 'SIGINT'] });
    expect(process.count('SIGTERM')).toBe(0);
    lifecycle.attach({ stop: () => {}, force: () => {} });
    lifecycle.attach({ stop: () => {}, force: () => {} });
    expect([process.count('SIGTERM'), process.count('SIGINT')]).toEqual([1, 1]);
    lifecycle.close();
    lifecycle.close();
    expect([process.count('SIGTERM'), process.count('SIGINT')]).toEqual([0, 0]);
    expect(() => lifecycle.attach({ stop: () => {}, force: () => {} })).toThrow(
      new ServerError('CLOSED', 'the lifecycle is closed: attach the server before close()'),
    );
  });

  it('refuses a server once the drain began', async () => {
    const { lifecycle, clock, server } = rig({ noticeMs: 0 });
    const drained = lifecycle.drain();
    expect(() => lifecycle.attach({ stop: () => {}, force: () => {} })).toThrow(/is draining/);
    await clock.advance(0);
    server.finish();
    await drained;
  });

  it.each([[{}], [{ stop: () => {} }], [{ listen: () => {} }], [null], ['server']])(
    'refuses %j',
    (server) => {
      const lifecycle = createLifecycle({ process: new FakeProcess() });
      expect(() => lifecycle.attach(server as StoppableServer)).toThrow(
        /^server: .* is not accepted: a grpc.Server, or an object with the functions stop and force$/,
      );
    },
  );

  it('gives out fresh server options, because frameworks write into them', () => {
    const lifecycle = createLifecycle({ process: new FakeProcess() });
    expect(lifecycle.serverOptions).not.toBe(lifecycle.serverOptions);
    expect(lifecycle.serverOptions.interceptors).toEqual(lifecycle.serverOptions.interceptors);
    expect(lifecycle.serverOptions.interceptors).toHaveLength(1);
  });
});
