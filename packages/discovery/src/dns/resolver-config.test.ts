import { expect, it } from 'vitest';
import { clusterConfig, expandName, parseResolvConf, parseServer, serverOption } from './resolver-config.js';

it.each([
  ['10.0.0.1', { host: '10.0.0.1', port: 53 }],
  ['10.0.0.1:5353', { host: '10.0.0.1', port: 5353 }],
  ['fd00::1', { host: 'fd00::1', port: 53 }],
  ['[fd00::1]:5353', { host: 'fd00::1', port: 5353 }],
  ['[fd00::1]', { host: 'fd00::1', port: 53 }],
  ['10.0.0.1:0', undefined],
  ['10.0.0.1:65536', undefined],
  ['dns.example.com', undefined],
  ['', undefined],
])('reads the server %j', (text, server) => {
  expect(parseServer(text)).toEqual(server);
});

it('names a server that is no address, and what is accepted', () => {
  expect(() => serverOption('kube-dns')).toThrow(/DNS server "kube-dns": accepted is an IP address/);
});

it('reads the resolv.conf of a pod', () => {
  const text = [
    'search ns.svc.cluster.local svc.cluster.local cluster.local',
    'nameserver 10.96.0.10',
    'nameserver fd00::a # the other family',
    'options ndots:5 timeout:3 attempts:4 rotate edns0',
  ].join('\n');
  expect(parseResolvConf(text)).toEqual({
    servers: [
      { host: '10.96.0.10', port: 53 },
      { host: 'fd00::a', port: 53 },
    ],
    search: ['ns.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
    ndots: 5,
    timeoutMs: 3000,
    attempts: 4,
    rotate: true,
  });
});

it('takes the last search or domain, three servers at most, and values within their limits', () => {
  const text = [
    ...['1.1.1.1', '2.2.2.2', 'no address', '3.3.3.3', '4.4.4.4'].map((each) => `nameserver ${each}`),
    'search a.example b.example',
    'domain Example.COM.',
    'options ndots:99 timeout:999 attempts:0 timeout:soon',
    'sortlist 10.0.0.0',
    '; a comment',
  ].join('\n');
  const { servers, ...rest } = parseResolvConf(text);
  expect(servers.map(({ host }) => host)).toEqual(['1.1.1.1', '2.2.2.2', '3.3.3.3']);
  expect(rest).toEqual({ search: ['example.com'], ndots: 15, timeoutMs: 30_000, attempts: 1, rotate: false });
});

it('asks this machine when no server is named', () => {
  expect(parseResolvConf('').servers).toEqual([{ host: '127.0.0.1', port: 53 }]);
});

const pod = clusterConfig([{ host: '10.96.0.10', port: 53 }], {
  clusterDomain: 'cluster.local',
  namespace: 'shop',
});

it.each([
  ['web', ['web.shop.svc.cluster.local', 'web.svc.cluster.local', 'web.cluster.local', 'web']],
  [
    'web.pay',
    ['web.pay.shop.svc.cluster.local', 'web.pay.svc.cluster.local', 'web.pay.cluster.local', 'web.pay'],
  ],
  ['db.example.com.', ['db.example.com']],
  [
    'a.b.c.d.e.f',
    [
      'a.b.c.d.e.f',
      'a.b.c.d.e.f.shop.svc.cluster.local',
      'a.b.c.d.e.f.svc.cluster.local',
      'a.b.c.d.e.f.cluster.local',
    ],
  ],
])('expands %s as in a pod', (name, names) => {
  expect(expandName(name, pod)).toEqual(names);
});

it('leaves out names that no DNS message can carry', () => {
  const long = Array.from({ length: 4 }, () => 'x'.repeat(60)).join('.');
  expect(expandName(long, pod)).toEqual([long]);
});
