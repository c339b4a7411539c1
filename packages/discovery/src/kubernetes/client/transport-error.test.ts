import { expect, test } from 'vitest';
import { unreachable } from './transport-error.js';

const server = 'https://10.0.0.1:443';
const systemError = (code: string, message: string): Error => Object.assign(new Error(message), { code });

test.each([
  [
    'a plain-text server',
    systemError(
      'EPROTO',
      'write EPROTO 80BC835E:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps/openssl/ssl3_record.c:350:\n',
    ),
    'UNREACHABLE',
    `TLS with the API server ${server} failed: wrong version number (SSL routines)`,
  ],
  [
    'a key that cannot be read',
    systemError('ERR_OSSL_UNSUPPORTED', 'error:1E08010C:DECODER routines::unsupported'),
    'UNREACHABLE',
    `TLS with the API server ${server} failed: unsupported (DECODER routines)`,
  ],
  [
    'an old certificate',
    systemError('CERT_HAS_EXPIRED', 'certificate has expired'),
    'UNREACHABLE',
    `TLS with the API server ${server} failed: certificate has expired`,
  ],
  [
    'several addresses that refuse',
    new AggregateError([systemError('ECONNREFUSED', 'connect ECONNREFUSED ::1:443')], ''),
    'UNREACHABLE',
    `no connection to the API server ${server}: ECONNREFUSED`,
  ],
  [
    'another protocol',
    systemError('HPE_INVALID_CONSTANT', 'Parse Error: Expected HTTP/'),
    'PROTOCOL',
    `${server} does not speak HTTP: Parse Error: Expected HTTP/`,
  ],
  [
    'broken gzip',
    systemError('Z_DATA_ERROR', 'incorrect header check'),
    'PROTOCOL',
    `the gzip answer of ${server} is broken: incorrect header check`,
  ],
])('%s', (_, error, code, message) => {
  expect(unreachable(server, error)).toMatchObject({ code, message, cause: error });
});

test('a text of many lines and of any length is one short line', () => {
  const { message } = unreachable(server, new Error(`a\r\n\tb ${'x'.repeat(5000)}`));
  expect(message).toContain(': a b xxx');
  expect(message.length).toBeLessThan(400);
});
