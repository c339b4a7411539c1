import { describe, expect, it } from 'vitest';
import { FakeProcess, RecordingLogger } from '../test/hosts.js';
import { ServerError } from './errors.js';
import { createHealth } from './health/health.js';
import { resolveOptions, warnOfShortGrace } from './options.js';

function refusal(options: object): string {
  try {
    resolveOptions(options);
  } catch (error) {
    if (error instanceof ServerError) return error.message;
    throw error;
  }
  throw new Error('was accepted');
}

describe('resolveOptions', () => {
  it('has the documented defaults', () => {
    const { noticeMs, graceMs, signals, exit, health } = resolveOptions({});
    expect({ noticeMs, graceMs, signals, exit, health }).toEqual({
      noticeMs: 5000,
      graceMs: 20_000,
      signals: ['SIGTERM'],
      exit: true,
      health: undefined,
    });
  });

  it('takes what it is given', () => {
    const health = createHealth();
    const resolved = resolveOptions({
      health,
      noticeMs: 0,
      graceMs: 1.5,
      signals: ['SIGINT', 'SIGINT'],
      exit: false,
    });
    expect(resolved.health).toBe(health);
    expect([resolved.noticeMs, resolved.graceMs, resolved.exit]).toEqual([0, 1.5, false]);
    expect(resolved.signals).toEqual(['SIGINT']);
  });

  it.each([
    [
      { noticeMS: 1 },
      'option: "noticeMS" is not accepted: health, loadReports, admission, noticeMs, graceMs, signals, exit, beforeClose, logger, clock, process',
    ],
    [{ noticeMs: -1 }, 'noticeMs: -1 is not accepted: milliseconds from 0 to 2147483647'],
    [{ noticeMs: '5s' }, 'noticeMs: "5s" is not accepted: milliseconds from 0 to 2147483647'],
    [{ graceMs: Number.NaN }, 'graceMs: NaN is not accepted: milliseconds from 0 to 2147483647'],
    [{ graceMs: Infinity }, 'graceMs: Infinity is not accepted: milliseconds from 0 to 2147483647'],
    [{ signals: 'SIGTERM' }, `signals: "SIGTERM" is not accepted: a list like ['SIGTERM']`],
    [
      { signals: ['TERM'] },
      'signals: "TERM" is not accepted: names of signals that a process can handle, like SIGTERM',
    ],
    [
      { signals: ['SIGKILL'] },
      'signals: "SIGKILL" is not accepted: names of signals that a process can handle, like SIGTERM',
    ],
    [{ exit: 0 }, 'exit: 0 is not accepted: a boolean'],
    [{ beforeClose: 'x' }, 'beforeClose: "x" is not accepted: a function'],
    [{ health: {} }, 'health: [object Object] is not accepted: what createHealth() returns'],
    [{ health: Object.create(null) }, 'health: [object Object] is not accepted: what createHealth() returns'],
    [
      { logger: {} },
      'logger: [object Object] is not accepted: an object with the functions debug, info, warn and error',
    ],
    [
      { logger: 'console' },
      'logger: "console" is not accepted: an object with the functions debug, info, warn and error',
    ],
    [
      { clock: { now: Date.now } },
      'clock: [object Object] is not accepted: an object with the functions now and setTimeout',
    ],
    [
      { process: {} },
      'process: [object Object] is not accepted: an object with the functions on, off and exit',
    ],
    [['exit'], 'options: [object Array] is not accepted: an object'],
    [{ loadReports: {} }, 'loadReports: [object Object] is not accepted: what createLoadReports() returns'],
    [{ admission: true }, 'admission: true is not accepted: what createAdmission() returns'],
    [{ health: null }, 'health: null is not accepted: what createHealth() returns'],
  ])('refuses %j', (options, message) => {
    expect(refusal(options)).toBe(message);
  });
});

describe('FAIRLEAD_GRACE_SECONDS', () => {
  const SHORT =
    'noticeMs + graceMs is not below FAIRLEAD_GRACE_SECONDS: the kubelet may kill the process first';

  it.each([
    [undefined, []],
    ['', []],
    ['30', []],
    ['26', []],
    ['25', [SHORT]],
    ['5', [SHORT]],
    ['soon', ['FAIRLEAD_GRACE_SECONDS is not a number of seconds: ignored']],
    ['-1', ['FAIRLEAD_GRACE_SECONDS is not a number of seconds: ignored']],
  ])('%j against 25 s of drain warns %j', (value, warnings) => {
    const process = new FakeProcess();
    const logger = new RecordingLogger();
    process.env.FAIRLEAD_GRACE_SECONDS = value;
    warnOfShortGrace(resolveOptions({ process, logger }));
    expect(logger.of('warn')).toEqual(warnings);
  });
});
