import { expect, it } from 'vitest';
import { createServiceIps } from './service-ips.js';

it('leaves the first addresses and goes round without ever giving one twice', () => {
  const ips = createServiceIps('127.7.96.0/28');
  const given = Array.from({ length: 14 }, () => ips.allocate());
  expect(given[0]).toBe('127.7.96.10');
  expect(new Set(given).size).toBe(14);
  expect(given).not.toContain('127.7.96.0');
  expect(given).not.toContain('127.7.96.15');
  expect(() => ips.allocate()).toThrow('range is full');
  ips.release('127.7.96.3');
  expect(ips.allocate()).toBe('127.7.96.3');
});

it('says why it does not reserve', () => {
  const ips = createServiceIps('127.7.96.0/20');
  expect(ips.reserve('127.7.111.254')).toBeUndefined();
  expect(ips.reserve('127.7.111.254')).toBe('provided IP is already allocated');
  for (const outside of ['127.7.96.0', '127.7.111.255', '127.7.112.1', '10.0.0.1']) {
    expect(ips.reserve(outside), outside).toBe('the provided network does not match the current range');
  }
  expect(ips.reserve('::1')).toMatch(/not a valid IPv4/);
});

it.each(['127.7.96.0', '127.7.96.0/31', 'x/20', '::/64', '127.7.96.0/x'])('refuses the range %s', (cidr) => {
  expect(() => createServiceIps(cidr)).toThrow(`service CIDR "${cidr}"`);
});
