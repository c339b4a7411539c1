import { expect, it } from 'vitest';
import { checkConfig, checkPolicy, checkTarget } from './call.js';

it.each([
  'k8s:///a.b:1',
  'k8s:a',
  'dns:///a:1',
  '10.0.0.1:80',
  '[::1]:80',
  'host',
  'unix:///run/s',
  'headless:///a.b:1',
  'static:///a:1',
  'static:80',
])('takes the target %s', (target) => expect(() => checkTarget(target)).not.toThrow());

it('names a scheme that nobody resolves, and what is accepted', () => {
  expect(() => checkTarget('xyz:///a')).toThrow(
    'target "xyz:///a": scheme "xyz" is unknown; accepted: k8s, ',
  );
  expect(() => checkTarget('')).toThrow('target "": a gRPC target is accepted');
});

it('takes a policy for targets that the client serves, and says what else would do', () => {
  for (const target of ['k8s:///a', 'static:///a:1'])
    expect(() => checkPolicy(target, 'roundRobin')).not.toThrow();
  expect(() => checkPolicy('dns:///a', undefined)).not.toThrow();
  expect(() => checkPolicy('dns:///a:1', 'roundRobin')).toThrow('for "dns:///a:1" use --config');
});

it('takes a service config that is a JSON object', () => {
  expect(checkConfig(undefined)).toBeUndefined();
  expect(checkConfig('{"methodConfig":[]}')).toBe('{"methodConfig":[]}');
});

it.each([
  ['{', '--config: not JSON ('],
  ['[]', '--config: a gRPC service config is a JSON object'],
  ['null', '--config: a gRPC service config is a JSON object'],
])('refuses --config %j', (text, message) => {
  expect(() => checkConfig(text)).toThrow(message);
});
