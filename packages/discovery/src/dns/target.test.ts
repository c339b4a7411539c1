import { expect, it } from 'vitest';
import { parseTarget } from '../target.js';
import { dnsAuthority, dnsTargetOf, parseDnsTarget } from './target.js';

it.each([
  ['headless:///svc.ns:8088', { name: 'svc.ns', port: 8088 }, 'svc.ns:8088'],
  ['headless:svc.ns:8088', { name: 'svc.ns', port: 8088 }, 'svc.ns:8088'],
  ['headless:///DB.example.com.:443', { name: 'db.example.com.', port: 443 }, 'db.example.com:443'],
  ['headless:///svc.ns:grpc', { name: '_grpc._tcp.svc.ns', port: null }, 'svc.ns'],
  [
    'headless:///_tcp._tcp.svc.ns.svc.cluster.local',
    { name: '_tcp._tcp.svc.ns.svc.cluster.local', port: null },
    'svc.ns.svc.cluster.local',
  ],
  [
    'headless://10.96.0.10/svc.ns:80',
    { name: 'svc.ns', port: 80, server: { host: '10.96.0.10', port: 53 } },
    'svc.ns:80',
  ],
  [
    'headless://[fd00::a]:5353/svc.ns:80',
    { name: 'svc.ns', port: 80, server: { host: 'fd00::a', port: 5353 } },
    'svc.ns:80',
  ],
])('reads %s', (text, parsed, authority) => {
  const target = parseDnsTarget(text);
  expect(target).toEqual({ text, ...parsed });
  expect(dnsAuthority(target)).toBe(authority);
});

it.each([
  ['headless:///', 'name is missing'],
  ['headless:///svc.ns', 'port is missing'],
  ['headless:///svc.ns:', 'port is missing'],
  ['headless:///svc.ns:0', 'port "0" is out of range'],
  ['headless:///svc.ns:65536', 'out of range'],
  ['headless:///svc.ns:80:80', 'more than one ":"'],
  ['headless:///10.0.0.1:80', 'list addresses with static:///'],
  ['headless:///[fd00::1]:80', 'list addresses with static:///'],
  ['headless:///svc..ns:80', '"" is not a DNS label'],
  ['headless:///s%c:80', '"s%c" is not a DNS label'],
  ['headless:///_grpc._tcp.svc.ns:80', 'leave it out of the target'],
  ['headless://svc.ns:80', 'accepted is headless:///NAME:PORT'],
  ['headless://svc.ns/web:80', '"svc.ns" is not the address of a DNS server'],
  [`headless:///${'x.'.repeat(130)}x:80`, 'longer than 253'],
])('refuses %s', (text, problem) => {
  expect(() => parseDnsTarget(text)).toThrow(problem);
  expect(() => parseDnsTarget(text)).toThrow(expect.objectContaining({ code: 'TARGET_INVALID' }));
});

it.each([
  ['k8s:///svc.ns:80', { name: 'svc.ns.svc.cluster.local.', port: 80 }],
  ['k8s:///svc.ns:web', { name: '_web._tcp.svc.ns.svc.cluster.local.', port: null }],
  ['k8s:///svc.ns', { name: '_grpc._tcp.svc.ns.svc.cluster.local.', port: null }],
  ['k8s:///web-0.svc.ns:80', { name: 'web-0.svc.ns.svc.cluster.local.', port: 80 }],
  ['k8s:///web-0.svc.ns:web', { name: '_web._tcp.svc.ns.svc.cluster.local.', port: null, hostname: 'web-0' }],
])('knows the name of %s in DNS', (text, name) => {
  expect(dnsTargetOf(parseTarget(text), 'cluster.local')).toEqual({ text, ...name });
});
