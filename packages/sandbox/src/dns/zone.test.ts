import { decode, encode } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClusterView, EndpointView, ServiceView, SliceView } from '../cluster-view/cluster-view.js';
import { respond } from './respond.js';
import { createZone, type Zone } from './zone.js';

const endpoint = (address: string, more: Partial<EndpointView> = {}): EndpointView => ({
  addresses: [address],
  hostname: undefined,
  ready: true,
  serving: true,
  terminating: false,
  ...{ node: undefined, forZones: [], forNodes: [] },
  ...more,
});

const service = (name: string, more: Partial<ServiceView> = {}): ServiceView => ({
  name,
  namespace: 'nspace',
  uid: `uid-${name}`,
  headless: true,
  clusterIps: [],
  externalName: undefined,
  ports: [{ name: 'tcp', protocol: 'tcp', port: 8088 }],
  ...{ balancerIps: [], internalLocal: false, externalLocal: false, affinityMs: undefined },
  ...more,
});

const slice = (
  endpoints: EndpointView[],
  ports = [{ name: 'tcp', protocol: 'tcp', port: 8088 }],
): SliceView => ({
  endpoints,
  ports,
});

function viewOf(services: ServiceView[], slices: Record<string, SliceView[]> = {}): ClusterView {
  return {
    hasNamespace: (name) => name === 'nspace',
    service: (namespace, name) => services.find((s) => s.namespace === namespace && s.name === name),
    services: () => services,
    slices: (_, name) => slices[name] ?? [],
    allSlices: () =>
      Object.entries(slices).map(([name, of]) => ({ namespace: 'nspace', service: name, slices: of })),
    close: () => {},
  };
}

const fourPods = [1, 2, 3, 4].map((n) => endpoint(`10.1.0.${n}`));
const view = viewOf(
  [
    service('serv-ca'),
    service('empty'),
    service('vip', { headless: false, clusterIps: ['10.96.0.7'] }),
    service('sets', {}),
    service('bare', { ports: [] }),
    service('ext', { externalName: 'example.org' }),
    service('alias', { externalName: 'vip.nspace.svc.cluster.local' }),
    service('loop', { externalName: 'loop.nspace.svc.cluster.local' }),
    service('lost', { externalName: 'nobody.nspace.svc.cluster.local' }),
    service('number', { externalName: '10.9.9.9' }),
    service('six'),
  ],
  {
    'serv-ca': [slice([...fourPods, endpoint('10.1.0.9', { ready: false })])],
    vip: [slice([endpoint('10.1.0.1')])],
    sets: [slice([endpoint('10.1.1.1', { hostname: 'db-0' }), endpoint('10.1.1.2', { hostname: 'db-1' })])],
    bare: [slice([endpoint('10.1.2.1')], [])],
    six: [slice([endpoint('fd00::5'), endpoint('fd00::')])],
  },
);
const zoneOf = (of: ClusterView): Zone =>
  createZone({ view: of, nameserver: '10.0.0.53', now: () => 1_000_000, shuffle: (items) => items });
const zone = zoneOf(view);
const data = (name: string, type: string): unknown[] =>
  zone.query(name, type).answers.map((record) => record.data);

describe('zone', () => {
  it.each([
    ['serv-ca.nspace.svc.cluster.local', 'A', ['10.1.0.1', '10.1.0.2', '10.1.0.3', '10.1.0.4']],
    ['SERV-CA.nspace.SVC.cluster.local', 'A', ['10.1.0.1', '10.1.0.2', '10.1.0.3', '10.1.0.4']],
    ['10-1-0-3.serv-ca.nspace.svc.cluster.local', 'A', ['10.1.0.3']],
    ['_tcp._tcp.serv-ca.nspace.svc.cluster.local', 'A', ['10.1.0.1', '10.1.0.2', '10.1.0.3', '10.1.0.4']],
    ['db-1.sets.nspace.svc.cluster.local', 'A', ['10.1.1.2']],
    ['bare.nspace.svc.cluster.local', 'A', ['10.1.2.1']],
    ['vip.nspace.svc.cluster.local', 'A', ['10.96.0.7']],
    ['10-1-0-1.vip.nspace.svc.cluster.local', 'A', ['10.1.0.1']],
    ['six.nspace.svc.cluster.local', 'AAAA', ['fd00::5', 'fd00::']],
    ['fd00--0.six.nspace.svc.cluster.local', 'AAAA', ['fd00::']],
    ['ext.nspace.svc.cluster.local', 'A', ['example.org']],
    ['alias.nspace.svc.cluster.local', 'A', ['vip.nspace.svc.cluster.local', '10.96.0.7']],
    ['7.0.96.10.in-addr.arpa', 'PTR', ['vip.nspace.svc.cluster.local']],
    ['3.0.1.10.in-addr.arpa', 'PTR', ['10-1-0-3.serv-ca.nspace.svc.cluster.local']],
    [
      `3.0.0.0.1.0.a.0.f.f.f.f.${'0.'.repeat(20)}ip6.arpa`,
      'PTR',
      ['10-1-0-3.serv-ca.nspace.svc.cluster.local'],
    ],
    ['1.1.1.10.in-addr.arpa', 'PTR', ['db-0.sets.nspace.svc.cluster.local']],
    ['dns-version.cluster.local', 'TXT', ['1.1.0']],
    ['cluster.local', 'NS', ['ns.dns.cluster.local']],
    ['ns.dns.cluster.local', 'A', ['10.0.0.53']],
  ])('answers %s %s', (name, type, expected) => {
    expect(data(name, type)).toEqual(expected);
  });

  it.each([
    ['vip.nspace.svc.cluster.local', 'AAAA'],
    ['serv-ca.nspace.svc.cluster.local', 'MX'],
    ['nspace.svc.cluster.local', 'A'],
    ['svc.cluster.local', 'A'],
    ['pod.cluster.local', 'A'],
    ['bare.nspace.svc.cluster.local', 'SRV'],
    ['ns.dns.cluster.local', 'AAAA'],
    ['in-addr.arpa', 'A'],
    ['loop.nspace.svc.cluster.local', 'A'],
    ['lost.nspace.svc.cluster.local', 'A'],
    ['alias.nspace.svc.cluster.local', 'TXT'],
    ['nobody.nspace.svc.cluster.local', 'SOA'],
  ])('says that %s exists without %s', (name, type) => {
    expect(zone.query(name, type)).toEqual({ rcode: 0, answers: [], additionals: [] });
  });

  it.each([
    'empty.nspace.svc.cluster.local',
    'nobody.nspace.svc.cluster.local',
    'serv-ca.elsewhere.svc.cluster.local',
    'elsewhere.svc.cluster.local',
    'a.b.c.serv-ca.nspace.svc.cluster.local',
    '_http._tcp.serv-ca.nspace.svc.cluster.local',
    '10-9-9-9.serv-ca.nspace.svc.cluster.local',
    '10-1-0-1.nspace.pod.cluster.local',
    'ext.ext.nspace.svc.cluster.local',
    '9.9.9.10.in-addr.arpa',
    '300.9.9.10.in-addr.arpa',
    'wrong.cluster.local',
    'dns.cluster.local',
    'x.ns.dns.cluster.local',
  ])('says NXDOMAIN for %s', (name) => {
    expect(zone.query(name, 'A').rcode).toBe(3);
  });

  it.each([
    ['cluster.local', 'TXT'],
    ['nspace.svc.cluster.local', 'TXT'],
    ['ns.dns.cluster.local', 'TXT'],
    ['ns.dns.cluster.local', 'PTR'],
    ['dns-version.cluster.local', 'A'],
    ['3.0.1.10.in-addr.arpa', 'A'],
    ['number.nspace.svc.cluster.local', 'A'],
  ])('says NXDOMAIN for %s %s, as CoreDNS does', (name, type) => {
    expect(zone.query(name, type).rcode).toBe(3);
  });

  it('answers the address of a slice whose Service is gone', () => {
    const orphans = zoneOf(viewOf([], { gone: [slice([endpoint('10.7.0.1')])] }));
    expect(orphans.query('1.0.7.10.in-addr.arpa', 'PTR').answers.map((record) => record.data)).toEqual([
      '10-7-0-1.gone.nspace.svc.cluster.local',
    ]);
  });

  it('counts an endpoint that is in two slices twice in the weight and once in the answer', () => {
    const twice = zoneOf(viewOf([service('x')], { x: [slice([fourPods[0]!]), slice([fourPods[0]!])] }));
    const { answers } = twice.query('x.nspace.svc.cluster.local', 'SRV');
    expect(answers).toMatchObject([{ data: { weight: 50 } }]);
  });

  it('refuses names outside its zone, and transfers', () => {
    expect(zone.query('example.org', 'A').rcode).toBe(5);
    expect(zone.query('cluster.local', 'AXFR').rcode).toBe(5);
  });

  it('gives SRV with priority 0, an even weight, the slice port and the addresses beside', () => {
    const { answers, additionals } = zone.query('_tcp._tcp.serv-ca.nspace.svc.cluster.local', 'SRV');
    const target = '10-1-0-1.serv-ca.nspace.svc.cluster.local';
    expect(answers).toHaveLength(4);
    expect(answers[0]?.data).toEqual({ priority: 0, weight: 25, port: 8088, target });
    expect(additionals[0]).toEqual({ name: target, type: 'A', ttl: 5, data: '10.1.0.1' });
  });

  it('gives SRV of a cluster IP with the Service port and name', () => {
    expect(data('_tcp._tcp.vip.nspace.svc.cluster.local', 'SRV')).toEqual([
      { priority: 0, weight: 100, port: 8088, target: 'vip.nspace.svc.cluster.local' },
    ]);
  });

  it('gives the SOA of the zone in which a name is, in the case of the question', () => {
    expect(zone.soa('x.svc.Cluster.Local')).toMatchObject({
      name: 'Cluster.Local',
      data: { mname: 'ns.dns.Cluster.Local', rname: 'hostmaster.Cluster.Local' },
    });
    expect(zone.soa('9.9.9.10.in-addr.arpa').name).toBe('in-addr.arpa');
    expect(data('IP6.arpa', 'SOA')).toMatchObject([{ mname: 'ns.dns.IP6.arpa' }]);
  });

  it('stops following external names that lead to themselves', () => {
    expect(zone.query('loop.nspace.svc.cluster.local', 'A').answers.length).toBeLessThan(12);
  });
});

describe('respond', () => {
  const question = (name: string, type: 'A' | 'SRV', size?: number, flags = 0x100): Buffer =>
    encode({
      type: 'query',
      id: 77,
      flags,
      questions: [{ type, name }],
      additionals:
        size === undefined
          ? []
          : [
              {
                type: 'OPT',
                name: '.',
                udpPayloadSize: size,
                extendedRcode: 0,
                ednsVersion: 0,
                flags: 0,
                flag_do: false,
                options: [],
              },
            ],
    } as Parameters<typeof encode>[0]);

  const many = (n: number): Zone =>
    zoneOf(
      viewOf([service('serv-ca')], {
        'serv-ca': [slice(Array.from({ length: n }, (_, i) => endpoint(`10.2.${i >> 8}.${i & 255}`)))],
      }),
    );
  const NAME = 'Serv-CA.nspace.svc.cluster.local';

  it('keeps id, case and the recursion bit, and is authoritative', () => {
    const answer = decode(respond(zone, question(NAME, 'A'), 'udp')!);
    expect(answer.id).toBe(77);
    expect(answer.questions?.[0]?.name).toBe(NAME);
    expect(answer.flag_aa && answer.flag_rd && !answer.flag_tc).toBe(true);
    expect(answer.answers).toHaveLength(4);
  });

  it('is no authority for what it refuses, and knows the class IN only', () => {
    const outside = respond(zone, question('example.org', 'A'), 'udp')!;
    expect([outside[3]! & 0xf, decode(outside).flag_aa]).toEqual([5, false]);
    const chaos = question(NAME, 'A');
    chaos[chaos.length - 1] = 3;
    const answer = respond(zone, chaos, 'udp')!;
    expect([answer[3]! & 0xf, answer.readUInt16BE(6)]).toEqual([5, 0]);
  });

  it('sends an SOA with the negative TTL beside NXDOMAIN and NODATA', () => {
    for (const name of ['nobody.nspace.svc.cluster.local', 'nspace.svc.cluster.local']) {
      const { authorities } = decode(respond(zone, question(name, 'A'), 'udp')!);
      expect(authorities?.[0]).toMatchObject({ type: 'SOA', ttl: 5, data: { minimum: 5, serial: 1000 } });
    }
  });

  it('fits 512 bytes without EDNS0 and says that it is cut', () => {
    const wire = respond(many(100), question(NAME, 'A'), 'udp')!;
    expect(wire.length).toBeLessThanOrEqual(512);
    expect(decode(wire).flag_tc).toBe(true);
    expect(decode(wire).answers!.length).toBeGreaterThan(20);
  });

  it('cuts the additional section before it cuts answers, and says so', () => {
    const wire = respond(many(16), question(NAME, 'SRV', 1200), 'udp')!;
    expect(wire.length).toBeLessThanOrEqual(1200);
    const { flag_tc, answers, additionals } = decode(wire);
    const glue = additionals?.filter(({ type }) => type === 'A').length ?? 0;
    expect([flag_tc, answers?.length]).toEqual([true, 16]);
    expect(glue).toBeGreaterThan(0);
    expect(glue).toBeLessThan(16);
  });

  it('copies the CD and DO bits and the size that the client offers', () => {
    const message = question(NAME, 'A', 4096, 0x110);
    message[message.length - 4] = 0x80;
    const { flag_cd, additionals } = decode(respond(zone, message, 'udp')!);
    expect(flag_cd).toBe(true);
    expect(additionals).toMatchObject([{ type: 'OPT', udpPayloadSize: 4096, flag_do: true }]);
  });

  it('sends everything over TCP', () => {
    const { answers, flag_tc } = decode(respond(many(500), question(NAME, 'SRV'), 'tcp')!);
    expect([answers?.length, flag_tc]).toEqual([500, false]);
  });

  it('compresses owner names', () => {
    expect(respond(many(100), question(NAME, 'A'), 'tcp')!.length).toBeLessThan(1700);
  });

  it('answers an EDNS version that it does not know with BADVERS', () => {
    const message = question(NAME, 'A', 1232);
    message[message.length - 5] = 1;
    const wire = respond(zone, message, 'udp')!;
    expect(wire[3]! & 0xf).toBe(0);
    expect(wire[wire.length - 6]).toBe(1);
  });

  it('ignores responses and fragments, and answers what it cannot read with FORMERR or NOTIMP', () => {
    const response = question(NAME, 'A', undefined, 0x8100);
    response[2] = 0x81;
    expect(respond(zone, response, 'udp')).toBeNull();
    expect(respond(zone, Buffer.alloc(5), 'udp')).toBeNull();
    const empty = Buffer.alloc(12);
    expect(respond(zone, empty, 'udp')![3]! & 0xf).toBe(1);
    const notify = question(NAME, 'A');
    notify[2] = 0x21;
    expect(respond(zone, notify, 'udp')![3]! & 0xf).toBe(4);
  });

  it('never throws, whatever it is sent, and never exceeds the size', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const answer = respond(zone, Buffer.from(bytes), 'udp');
        expect(answer === null || answer.length >= 12).toBe(true);
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 1, max: 5000 }), (n, size) => {
        const wire = respond(many(n), question(NAME, 'SRV', size), 'udp')!;
        expect(wire.length).toBeLessThanOrEqual(Math.max(size, 512));
        expect(() => decode(wire)).not.toThrow();
      }),
      { numRuns: 50 },
    );
  });
});
