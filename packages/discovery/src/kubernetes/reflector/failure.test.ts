import { expect, test } from 'vitest';
import { DiscoveryError } from '../../errors.js';
import { UNANSWERED, UNCONNECTED } from '../client/exchange.js';
import { KubeError, type KubeErrorFields } from '../client/kube-error.js';
import { IDLE } from '../client/response-body.js';
import { failureOf } from './failure.js';

const answer = (status: number, more: KubeErrorFields = {}, message = ''): KubeError =>
  new KubeError(status, message, more);
const below = (cause?: unknown): DiscoveryError => new DiscoveryError('UNREACHABLE', 'x', { cause });
const coded = (code: string): Error => Object.assign(new Error(), { code });
const tooLarge = { causes: [{ reason: 'ResourceVersionTooLarge' }] };

test.each([
  ['410 Gone', answer(410, { reason: 'Gone' }), 'expired'],
  ['410 Expired', answer(410, { reason: 'Expired' }), 'expired'],
  ['an Expired without a code', answer(0, { reason: 'Expired' }), 'expired'],
  ['504 with the cause', answer(504, { reason: 'Timeout', details: tooLarge }), 'tooLarge'],
  [
    '504 with the old text',
    answer(504, {}, 'Timeout: Too large resource version: 5, current: 3'),
    'tooLarge',
  ],
  ['504 of a proxy', answer(504), 'lost'],
  ['502', answer(502), 'lost'],
  ['503', answer(503), 'lost'],
  ['503 with Retry-After', answer(503, { retryAfterMs: 1000 }), 'throttled'],
  ['429', answer(429), 'throttled'],
  ['401', answer(401), 'denied'],
  ['403', answer(403), 'denied'],
  ['400', answer(400), 'refused'],
  ['405', answer(405), 'refused'],
  ['422', answer(422, { reason: 'Invalid' }), 'refused'],
  ['404', answer(404), 'other'],
  ['500', answer(500), 'other'],
  ['a refused connection', below(coded('ECONNREFUSED')), 'unconnected'],
  ['no route to the server', below(coded('EHOSTUNREACH')), 'unconnected'],
  ['a name that does not resolve', below(coded('ENOTFOUND')), 'unconnected'],
  ['no connection in time', below(coded(UNCONNECTED)), 'unconnected'],
  ['a reset', below(coded('ECONNRESET')), 'lost'],
  ['a connection whose other end went silent', below(coded('ETIMEDOUT')), 'lost'],
  ['no cause', below(), 'lost'],
  ['silence', below(coded(IDLE)), 'idle'],
  ['no headers', below(coded(UNANSWERED)), 'unanswered'],
  ['bytes that are not JSON', new DiscoveryError('PROTOCOL', 'x'), 'protocol'],
  ['a failed plugin', new DiscoveryError('EXEC_PLUGIN', 'x'), 'denied'],
  ['an unreadable token', new DiscoveryError('ACCESS_INVALID', 'x'), 'denied'],
  ['anything else', new TypeError('x'), 'other'],
])('%s', (_, error, failure) => expect(failureOf(error)).toBe(failure));
