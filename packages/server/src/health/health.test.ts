import { describe, expect, it } from 'vitest';
import { RecordingLogger, VirtualClock } from '../../test/hosts.js';
import { ServerError } from '../errors.js';
import { createHealth, type Health } from './health.js';
import type { HealthCheck, HealthOptions } from './options.js';

/** A dependency whose next answers a test sets. */
class Dependency {
  answer: () => unknown = () => {};
  asked = 0;
  readonly signals: AbortSignal[] = [];

  readonly check = (signal: AbortSignal): unknown => {
    this.asked++;
    this.signals.push(signal);
    return this.answer();
  };

  refuse(message: string): void {
    this.answer = () => {
      throw new Error(message);
    };
  }
}

interface Rig {
  readonly db: Dependency;
  readonly clock: VirtualClock;
  readonly logger: RecordingLogger;
  readonly health: Health;
}

function rig(check: Partial<HealthCheck> = {}, options: HealthOptions = {}): Rig {
  const [db, clock, logger] = [new Dependency(), new VirtualClock(), new RecordingLogger()];
  const checks = { db: { check: db.check, ...check } };
  const health = createHealth({ checks, clock, logger, random: () => 0.5, ...options });
  return { db, clock, logger, health };
}

describe('a server with a dependency', () => {
  it('is ready when the dependency has been up once', async () => {
    const { health, clock } = rig();
    expect([health.ready, health.checks]).toEqual([false, { db: { state: 'pending', failures: 0 } }]);
    await clock.advance(0);
    expect([health.ready, health.checks]).toEqual([true, { db: { state: 'up', failures: 0 } }]);
  });

  it('is not ready after so many failures in a row, and again after one success', async () => {
    const { db, health, clock } = rig({ failuresBeforeDown: 2, intervalMs: 1000 });
    await clock.advance(0);
    db.refuse('connection refused');
    await clock.advance(1000);
    expect([health.ready, health.checks.db]).toEqual([
      true,
      { state: 'up', failures: 1, error: 'connection refused' },
    ]);
    await clock.advance(1000);
    expect([health.ready, health.checks.db?.state]).toEqual([false, 'down']);
    db.answer = () => {};
    await clock.advance(1000);
    expect([health.ready, health.checks.db]).toEqual([true, { state: 'up', failures: 0 }]);
  });

  it('forgets failures that were not in a row', async () => {
    const { db, health, clock } = rig({ failuresBeforeDown: 2, intervalMs: 1000 });
    await clock.advance(0);
    for (let i = 0; i < 4; i++) {
      db.answer = i % 2 === 0 ? () => false : () => true;
      await clock.advance(1000);
    }
    expect([health.ready, db.asked]).toEqual([true, 5]);
  });

  it.each<[string, () => unknown, string]>([
    [
      'throws',
      () => {
        throw new Error('no route');
      },
      'no route',
    ],
    [
      'throws what is no error',
      () => {
        throw 'gone';
      },
      'gone',
    ],
    ['rejects', () => Promise.reject(new Error('reset')), 'reset'],
    ['says false', () => Promise.resolve(false), 'the check said false'],
    ['hangs', () => new Promise(() => {}), 'no answer within 2000 ms'],
  ])('is not ready when the check %s', async (_what, answer, error) => {
    const { db, health, clock } = rig();
    db.answer = answer;
    await clock.advance(2000);
    expect([health.ready, health.checks.db]).toEqual([false, { state: 'down', failures: 1, error }]);
  });

  it('aborts a check that takes too long, asks again, and does not hear the late answer', async () => {
    const { db, health, clock } = rig({ timeoutMs: 500, intervalMs: 1000 });
    let answerLate = (): void => {};
    db.answer = () =>
      new Promise<void>((resolve) => {
        answerLate = resolve;
      });
    await clock.advance(499);
    expect(db.signals[0]?.aborted).toBe(false);
    await clock.advance(1);
    expect([db.signals[0]?.aborted, db.signals[0]?.reason]).toEqual([
      true,
      new Error('no answer within 500 ms'),
    ]);
    answerLate();
    await clock.advance(999);
    expect([db.asked, health.ready]).toEqual([1, false]);
    await clock.advance(1);
    expect(db.asked).toBe(2);
  });

  it('says once that the check fails and once that it succeeds again', async () => {
    const { db, logger, clock } = rig({ failuresBeforeDown: 2, intervalMs: 1000 });
    await clock.advance(0);
    db.refuse('connection refused');
    await clock.advance(10_000);
    expect(logger.lines).toEqual([
      {
        level: 'warn',
        msg: 'health check fails: not serving',
        fields: { check: 'db', services: [''], error: 'connection refused' },
      },
    ]);
    db.answer = () => {};
    await clock.advance(10_000);
    expect(logger.lines.slice(1)).toEqual([
      { level: 'info', msg: 'health check succeeds again', fields: { check: 'db' } },
    ]);
  });

  it.each([
    [0, 900],
    [1, 1100],
  ])('waits between checks for the interval ± 10 %% (random %d)', async (random, ms) => {
    const { db, clock } = rig({ intervalMs: 1000 }, { random: () => random });
    await clock.advance(0);
    await clock.advance(ms - 1);
    expect(db.asked).toBe(1);
    await clock.advance(1);
    expect(db.asked).toBe(2);
  });

  it('is ready only as long as it was not set to another status', async () => {
    const { health, clock } = rig();
    health.setStatus('', 'NOT_SERVING');
    await clock.advance(0);
    expect(health.ready).toBe(false);
    health.setStatus('', 'SERVING');
    expect(health.ready).toBe(true);
  });

  it('stays ready when only another service needs the dependency', async () => {
    const { db, health, clock } = rig({ services: ['shop.Orders'] });
    db.refuse('away');
    await clock.advance(0);
    expect([health.ready, health.checks.db?.state]).toEqual([true, 'down']);
  });

  it('is not ready from shutdown on; the check is aborted and nothing is asked or said again', async () => {
    const { db, health, logger, clock } = rig();
    await clock.advance(0);
    db.answer = () => new Promise(() => {});
    await clock.advance(5000);
    expect(health.ready).toBe(true);
    health.shutdown();
    expect([health.ready, db.signals[1]?.aborted]).toEqual([false, true]);
    await clock.advance(60_000);
    expect([db.asked, logger.lines, clock.pending]).toEqual([2, [], 0]);
  });
});

describe('liveness', () => {
  it('is no matter of dependencies', async () => {
    const { db, health, clock } = rig();
    db.refuse('away');
    await clock.advance(60_000);
    expect([health.ready, health.live]).toEqual([false, true]);
  });

  it('is lost while the event loop stands still for too long, and measured from the first look on', async () => {
    const { health, clock, logger } = rig({}, { maxStallMs: 3000, checks: {} });
    expect(clock.pending).toBe(0);
    expect(health.live).toBe(true);
    await clock.advance(1000);
    clock.stall(3600);
    await clock.advance(0);
    expect([health.live, health.ready]).toEqual([false, true]);
    expect(logger.of('warn')).toEqual(['the event loop stood still: not live']);
    await clock.advance(500);
    expect(health.live).toBe(true);
    health.close();
    expect([health.live, clock.pending]).toEqual([true, 0]);
  });
});

describe('createHealth refuses', () => {
  const check = (): void => {};

  it.each<[object, string]>([
    [{ check }, 'option: "check" is not accepted: checks, maxStallMs, logger, clock, random'],
    [{ checks: [check] }, 'checks: [object Array] is not accepted: an object: a name and a check each'],
    [
      { checks: { db: check } },
      'checks.db: [object Function] is not accepted: an object with the function check',
    ],
    [{ checks: { db: {} } }, 'checks.db.check: undefined is not accepted: a function'],
    [
      { checks: { db: { check, interval: 5 } } },
      'checks.db: "interval" is not accepted: check, intervalMs, timeoutMs, failuresBeforeDown, services',
    ],
    [
      { checks: { db: { check, intervalMs: 10 } } },
      'checks.db.intervalMs: 10 is not accepted: milliseconds from 100 to 2147483647',
    ],
    [
      { checks: { db: { check, failuresBeforeDown: 0 } } },
      'checks.db.failuresBeforeDown: 0 is not accepted: a whole number, 1 or more',
    ],
    [
      { checks: { db: { check, services: ['liveness'] } } },
      'checks.db.services: "liveness" is not accepted: a service: only the event loop decides liveness',
    ],
    [
      { checks: { db: { check, services: ['readiness'] } } },
      'checks.db.services: "readiness" is not accepted: "", which readiness follows',
    ],
    [{ maxStallMs: 0 }, 'maxStallMs: 0 is not accepted: milliseconds from 1 to 2147483647'],
  ])('%j', (options, message) => {
    expect(() => createHealth(options)).toThrow(new ServerError('OPTION_INVALID', message));
  });
});
