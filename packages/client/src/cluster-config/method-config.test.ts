import { describe, expect, it } from 'vitest';
import { readMethodConfig } from './method-config.js';

const retryPolicy = {
  maxAttempts: 3,
  initialBackoff: '0.05s',
  maxBackoff: '1s',
  backoffMultiplier: 2,
  retryableStatusCodes: ['UNAVAILABLE'],
};
const with1 = (fields: object): object[] => [{ name: [{}], ...fields }];
const retry = (fields: object): object[] => with1({ retryPolicy: { ...retryPolicy, ...fields } });

describe('readMethodConfig', () => {
  it.each<[string, unknown]>([
    ['nothing', []],
    ['a timeout for all methods', with1({ timeout: '2s' })],
    ['a service and one of its methods', [{ name: [{ service: 'a.B' }, { service: 'a.B', method: 'C' }] }]],
    ['the empty names that gRPC takes for none', [{ name: [{ service: '', method: '' }] }]],
    ['retries', retry({})],
    ['retries of codes by number and in small letters', retry({ retryableStatusCodes: [14, 'aborted'] })],
    ['more attempts than count', retry({ maxAttempts: 9 })],
    ['hedging', with1({ hedgingPolicy: { maxAttempts: 2, hedgingDelay: '0s', nonFatalStatusCodes: [] } })],
    [
      'the fields that grpc-js does not apply',
      with1({ waitForReady: true, maxRequestMessageBytes: 1, maxResponseMessageBytes: 0 }),
    ],
    ['nine digits', with1({ timeout: '0.000000001s' })],
    ['the longest duration', with1({ timeout: '315576000000s' })],
  ])('accepts %s', (_what, value) => {
    expect(readMethodConfig(value, 'methodConfig')).toEqual(value);
  });

  it.each<[string, unknown, string]>([
    ['no list', { name: [] }, 'methodConfig: got {"name":[]}, accepted: a list of method configs'],
    ['null in the list', [null], 'methodConfig[0]: got null, accepted: an object with name, timeout, '],
    ['no name', [{ timeout: '1s' }], 'methodConfig[0]: name is missing; needed: name'],
    ['no names', [{ name: [] }], 'methodConfig[0].name: got [], accepted: a list of {service, method}'],
    ['a name that is text', [{ name: ['a.B'] }], 'methodConfig[0].name[0]: got "a.B", accepted: an object'],
    ['a method alone', [{ name: [{ method: 'C' }] }], 'accepted: a method together with its service'],
    ['a service by number', [{ name: [{ service: 1 }] }], '.service: got 1, accepted: a string'],
    ['a name twice', [{ name: [{}] }, { name: [{}] }], 'methodConfig[1].name: got {}, accepted: each name'],
    ['a typo', with1({ timout: '1s' }), 'methodConfig[0]: unknown key "timout"; accepted: name, timeout'],
    ['inherited names', with1({ constructor: 1 }), 'unknown key "constructor"'],
    ['seconds without s', with1({ timeout: '2' }), 'timeout: got "2", accepted: seconds > 0 such as "0.5s"'],
    ['a number of seconds', with1({ timeout: 2 }), 'timeout: got 2, accepted: seconds > 0'],
    ['no time at all', with1({ timeout: '0s' }), 'timeout: got "0s", accepted: seconds > 0'],
    ['ten digits', with1({ timeout: '0.0000000001s' }), 'accepted: seconds > 0'],
    ['more than 10,000 years', with1({ timeout: '315576000001s' }), 'accepted: seconds > 0'],
    ['negative time', with1({ timeout: '-1s' }), 'accepted: seconds > 0'],
    ['one attempt', retry({ maxAttempts: 1 }), 'retryPolicy.maxAttempts: got 1, accepted: an integer ≥ 2'],
    ['half an attempt', retry({ maxAttempts: 2.5 }), 'maxAttempts: got 2.5, accepted: an integer ≥ 2'],
    ['attempts as text', retry({ maxAttempts: '3' }), 'maxAttempts: got "3", accepted: an integer ≥ 2'],
    ['no multiplier', retry({ backoffMultiplier: 0 }), 'backoffMultiplier: got 0, accepted: a number > 0'],
    ['no code', retry({ retryableStatusCodes: [] }), 'got [], accepted: one status code at least'],
    [
      'an unknown code',
      retry({ retryableStatusCodes: ['BUSY'] }),
      'Codes[0]: got "BUSY", accepted: one of OK,',
    ],
    ['a code too high', retry({ retryableStatusCodes: [17] }), 'Codes[0]: got 17, accepted: one of OK,'],
    [
      'a code that is no number',
      retry({ retryableStatusCodes: [1.5] }),
      'Codes[0]: got 1.5, accepted: one of',
    ],
    ['codes as text', retry({ retryableStatusCodes: 'UNAVAILABLE' }), 'accepted: a list of status codes'],
    [
      'no backoff',
      with1({ retryPolicy: { maxAttempts: 2 } }),
      'retryPolicy: initialBackoff is missing; needed:',
    ],
    ['hedging without attempts', with1({ hedgingPolicy: {} }), 'hedgingPolicy: maxAttempts is missing'],
    [
      'retries and hedging together',
      with1({ retryPolicy, hedgingPolicy: { maxAttempts: 2 } }),
      'methodConfig[0]: retryPolicy and hedgingPolicy exclude each other',
    ],
    [
      'wishes that are no booleans',
      with1({ waitForReady: 'yes' }),
      'waitForReady: got "yes", accepted: true or',
    ],
    ['a negative size', with1({ maxRequestMessageBytes: -1 }), 'got -1, accepted: a number of bytes'],
  ])('refuses %s', (_what, value, message) => {
    expect(() => readMethodConfig(value, 'methodConfig')).toThrow(message);
  });
});
