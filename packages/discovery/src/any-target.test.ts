import { expect, it } from 'vitest';
import { authorityOf, parseAnyTarget } from './any-target.js';

it.each([
  ['k8s:///svc.ns:8088', 'kubernetes', 'svc.ns.svc:8088'],
  ['svc.ns:8088', 'kubernetes', 'svc.ns.svc:8088'],
  ['headless:///svc.ns:8088', 'dns', 'svc.ns:8088'],
  ['static:///10.0.0.1:80,[fd00::1]:81', 'static', '10.0.0.1:80'],
  ['static:Web-0.example:80', 'static', 'web-0.example:80'],
  ['file:///etc/endpoints.yaml', 'file', 'localhost'],
  // Services that are called as schemes are.
  ['static:80', 'kubernetes', 'static.default.svc:80'],
  ['headless:80', 'kubernetes', 'headless.default.svc:80'],
  ['file.ns:80', 'kubernetes', 'file.ns.svc:80'],
])('reads %s', (text, kind, authority) => {
  const parsed = parseAnyTarget(text);
  expect(parsed.kind).toBe(kind);
  expect(authorityOf(parsed)).toBe(authority);
});

it('makes paths absolute', () => {
  expect(parseAnyTarget('file:///etc/e.yaml').target).toMatchObject({ path: '/etc/e.yaml' });
  expect(parseAnyTarget('file:e.yaml').target).toMatchObject({ path: `${process.cwd()}/e.yaml` });
});

it.each([
  ['static:///', 'addresses are missing'],
  ['static://10.0.0.1:80', 'write three slashes'],
  ['static:///10.0.0.1', '"10.0.0.1" is not an address with a port'],
  ['static:///10.0.0.1:80,', '"" is not an address with a port'],
  ['static:///10.0.0.1:0', 'is not an address with a port'],
  ['static:///10.0.0.256:x', 'is not an address with a port'],
  ['static:///fd00::1:80', 'is not an address with a port'],
  ['static:///[10.0.0.1]:80', 'is not an address with a port'],
  ['static:///a:1,b\u001d:1', 'it holds a control character'],
  [`static:///${'a:1,'.repeat(3_000)}b:1`, 'it is longer than 10000 characters'],
  ['file:///etc/e\u2028.yaml', 'it holds a control character'],
  [`file:///${'e'.repeat(5_000)}`, 'it is longer than 4096 characters'],
  ['file:///', 'the path of a file is missing'],
  ['file:', 'the path of a file is missing'],
  ['file://etc/e.yaml', 'write three slashes'],
])('refuses %s', (text, problem) => {
  expect(() => parseAnyTarget(text)).toThrow(problem);
  expect(() => parseAnyTarget(text)).toThrow(expect.objectContaining({ code: 'TARGET_INVALID' }));
});
