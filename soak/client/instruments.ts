import { promisify } from 'node:util';

// Loaded before everything else (`node --import`): whoever reads the date or sets a timer afterwards gets these.

const RealDate = Date;
let offsetMs = 0;

class MovedDate extends RealDate {
  constructor(...given: []) {
    // What is given is a date, whatever the clock says.
    if (given.length > 0) super(...given);
    else super(RealDate.now() + offsetMs);
  }

  static override now(): number {
    return RealDate.now() + offsetMs;
  }
}

/** Sets the clock of this process on or back, as an administrator or NTP would; timers do not notice. */
export function moveDate(ms: number): void {
  offsetMs += ms;
}

/** With the place that set it; a stack that is not read costs little. */
const pending = new Map<unknown, Error>();
/** Of a stack: its title, the counting itself, and then who set the timer. */
const OWNER_LINE = 2;

/**
 * Timers that are set and have neither fired nor been cleared, those that do not hold the process included: each with
 * the place that set it.
 */
export function pendingTimers(): string[] {
  return [...pending.values()].map(
    ({ stack = '' }) =>
      stack.split('\n')[OWNER_LINE]?.replace(/^ *at |file:\/\/.*\/node_modules\//g, '') ?? '',
  );
}

const { setTimeout: realTimeout, setInterval: realInterval } = globalThis;
const { clearTimeout: realClearTimeout, clearInterval: realClearInterval } = globalThis;

type Callback = (...given: unknown[]) => void;

function countedTimeout(fn: Callback, ms?: number, ...given: unknown[]): NodeJS.Timeout {
  const timer = realTimeout(() => {
    pending.delete(timer);
    fn(...given);
  }, ms);
  pending.set(timer, new Error());
  return timer;
}

function countedInterval(fn: Callback, ms?: number, ...given: unknown[]): NodeJS.Timeout {
  const timer = realInterval(fn, ms, ...given);
  pending.set(timer, new Error());
  return timer;
}

/** Replaces what the process reads the date and sets timers with. */
function install(): void {
  const timeout = Object.assign(countedTimeout, {
    [promisify.custom]: Reflect.get(realTimeout, promisify.custom),
  });
  const clear =
    (real: (timer?: NodeJS.Timeout) => void) =>
    (timer?: NodeJS.Timeout): void => {
      pending.delete(timer);
      real(timer);
    };
  Object.assign(globalThis, {
    Date: MovedDate,
    setTimeout: timeout,
    setInterval: countedInterval,
    clearTimeout: clear(realClearTimeout),
    clearInterval: clear(realClearInterval),
  });
}

install();
