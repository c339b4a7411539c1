import { expect, it } from 'vitest';
import { parseProxyName } from './proxy-name.js';

it.each([
  ['web', { scheme: 'http', name: 'web', port: '' }],
  ['web:80', { scheme: 'http', name: 'web', port: '80' }],
  ['web:', { scheme: 'http', name: 'web', port: '' }],
  ['https:web:tls', { scheme: 'https', name: 'web', port: 'tls' }],
  [':web:80', { scheme: 'http', name: 'web', port: '80' }],
  ['ftp:web:21', undefined],
  [':80', undefined],
  ['', undefined],
  ['a:b:c:d', undefined],
])('reads "%s"', (text, expected) => {
  expect(parseProxyName(text)).toEqual(expected);
});
