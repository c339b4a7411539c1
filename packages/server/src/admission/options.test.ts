import { expect, it } from 'vitest';
import { ServerError } from '../errors.js';
import { createAdmission } from './admission.js';

it.each<[object, string]>([
  [
    {},
    'options: [object Object] is not accepted: maxInFlight, maxStreams, maxEventLoopDelayMs, or several of them',
  ],
  [
    { maxInflight: 1 },
    'option: "maxInflight" is not accepted: maxInFlight, maxStreams, maxEventLoopDelayMs, pushbackMs, exempt, logger, meterProvider, clock, random',
  ],
  [{ maxInFlight: 0 }, 'maxInFlight: 0 is not accepted: a whole number, 1 or more'],
  [{ maxStreams: 1.5 }, 'maxStreams: 1.5 is not accepted: a whole number, 0 or more'],
  [{ maxEventLoopDelayMs: 5 }, 'maxEventLoopDelayMs: 5 is not accepted: milliseconds from 10 to 2147483647'],
  [
    { maxInFlight: 1, pushbackMs: -2 },
    'pushbackMs: -2 is not accepted: whole milliseconds from 0 to 60000, or -1',
  ],
  [{ maxInFlight: 1, exempt: 'a.B' }, 'exempt: "a.B" is not accepted: a list of full names of services'],
  [
    { maxInFlight: 1, meterProvider: {} },
    'meterProvider: [object Object] is not accepted: an object with the function getMeter',
  ],
])('createAdmission refuses %j', (options, message) => {
  expect(() => createAdmission(options)).toThrow(new ServerError('OPTION_INVALID', message));
});
