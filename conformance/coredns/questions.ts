import { isIPv6 } from 'node:net';
import type { KubeObject } from '@fairlead/discovery/kubernetes';
import type { Random } from '../go/random.js';
import { NAMESPACES, type World, ZONE } from './world.js';

/** A question and how it is put. */
export interface Question {
  /** What kind of name it is, for the table. */
  readonly kind: string;
  readonly name: string;
  readonly type: string;
  readonly class?: string;
  readonly transport?: 'udp' | 'tcp';
  /** EDNS0 buffer size; absent: no EDNS0. */
  readonly size?: number;
  readonly do?: boolean;
  readonly version?: number;
  readonly unchecked?: boolean;
}

/** The case for what a server says of itself, with all types. */
export const SELF = 'NS of the zones and the name ns.dns.cluster.local';

const TYPES = ['A', 'AAAA', 'SRV', 'PTR', 'TXT', 'NS', 'SOA', 'CNAME', 'ANY', 'MX'];

const SERVICE_NAME = 'kubernetes.io/service-name';

type Named = readonly [kind: string, name: string];

interface Endpoint {
  readonly addresses: readonly string[];
  readonly hostname?: string;
}

const base = ({ metadata }: KubeObject): string => `${metadata.name}.${metadata.namespace}.svc.${ZONE}`;

function kindOf({ spec, metadata }: KubeObject): string {
  const { type, clusterIP } = spec as { type?: string; clusterIP?: string };
  if (type === 'ExternalName') return 'ExternalName';
  if (metadata.name === 'crowd' || metadata.name === 'mob') return 'many endpoints';
  return clusterIP === 'None' ? 'headless' : 'ClusterIP';
}

const endpointsOf = (world: World, service: KubeObject): Endpoint[] =>
  world.slices
    .filter(
      ({ metadata }) =>
        metadata.namespace === service.metadata.namespace &&
        metadata.labels?.[SERVICE_NAME] === service.metadata.name,
    )
    .flatMap(({ endpoints }) => (endpoints ?? []) as Endpoint[]);

/** Names below a Service: its ports, its endpoints, and what is neither. */
function namesBelow(world: World, service: KubeObject): Named[] {
  const kind = kindOf(service);
  const name = base(service);
  const ports = [
    '_grpc._tcp',
    '_http._udp',
    '_metrics._sctp',
    'grpc.tcp',
    '_GRPC._TCP',
    '_._tcp',
    '_grpc._',
    '_x._tcp',
  ];
  const endpoints = endpointsOf(world, service)
    .slice(0, 3)
    .flatMap(({ addresses: [address = ''], hostname }) => {
      const dashed = address.replace(/[.:]/g, '-');
      return [dashed, dashed.endsWith('-') ? `${dashed}0` : dashed, ...(hostname ? [hostname] : [])];
    });
  return [
    ...ports.map((port): Named => [`port of ${kind}`, `${port}.${name}`]),
    ...[...new Set(endpoints)].map((label): Named => [`endpoint of ${kind}`, `${label}.${name}`]),
    [`endpoint of ${kind}`, `nobody.${name}`],
    [`endpoint of ${kind}`, `pod-1.${name}`],
    [`too long below ${kind}`, `a.b.c.${name}`],
    [`too long below ${kind}`, `a._zone._grpc._tcp.${name}`],
  ];
}

/** The name that asks for an address; `full` IPv6 has 32 labels. */
function reverseName(address: string): string {
  if (!isIPv6(address)) return `${address.split('.').reverse().join('.')}.in-addr.arpa`;
  const [head = '', tail = ''] = address.split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const [left, right] = [groups(head), groups(tail)];
  const zeros = Array<string>(8 - left.length - right.length).fill('0');
  const digits = [...left, ...zeros, ...right].map((group) => group.padStart(4, '0')).join('');
  return `${[...digits].reverse().join('.')}.ip6.arpa`;
}

function reverseNames(world: World, random: Random): Named[] {
  const addressesOf = (slices: readonly KubeObject[]): string[] =>
    slices.flatMap(({ endpoints }) => ((endpoints ?? []) as Endpoint[]).flatMap((each) => each.addresses));
  const lost = new Set(addressesOf(world.slices.filter(({ metadata }) => !metadata.labels?.[SERVICE_NAME])));
  const addresses = addressesOf(world.slices).filter((ip) => !lost.has(ip));
  const virtual = world.services.flatMap(({ spec }) => (spec as { clusterIPs?: string[] }).clusterIPs ?? []);
  return [
    ...virtual.filter((ip) => ip !== 'None').map((ip): Named => ['reverse of a cluster IP', reverseName(ip)]),
    ...[...lost]
      .slice(0, 2)
      .map((ip): Named => ['reverse of an endpoint in a slice of no Service', reverseName(ip)]),
    ...random.times(60, (): Named => ['reverse of an endpoint', reverseName(random.pick(addresses))]),
    ...['10.250.1.1', 'fd99::1', '::ffff:10.20.0.1'.replace('10.20.0.1', 'a14:1')].map(
      (ip): Named => ['reverse of nobody', reverseName(ip)],
    ),
    ...[
      'in-addr.arpa',
      'ip6.arpa',
      'IN-ADDR.ARPA',
      '10.in-addr.arpa',
      '1.2.3.4.5.in-addr.arpa',
      '1.2.3.400.in-addr.arpa',
      'x.2.3.4.in-addr.arpa',
      '01.2.3.4.in-addr.arpa',
      '0.0.d.f.ip6.arpa',
      'svc.in-addr.arpa',
      'default.svc.in-addr.arpa',
      'kubernetes.default.svc.ip6.arpa',
    ].map((name): Named => ['part of a reverse name', name]),
  ];
}

/** Names that stand for no Service. */
function otherNames(): Named[] {
  const [a = ''] = NAMESPACES;
  const apex = [ZONE, 'Cluster.LOCAL'];
  const trees = [`svc.${ZONE}`, `pod.${ZONE}`, `dns.${ZONE}`, `x.${ZONE}`, `SVC.${ZONE}`, `svc.svc.${ZONE}`];
  const inner = [`${a}.svc.${ZONE}`, `none.svc.${ZONE}`, `*.svc.${ZONE}`, `any.any.svc.${ZONE}`];
  const pods = [`${a}.pod.${ZONE}`, `none.pod.${ZONE}`, `10-20-0-1.${a}.pod.${ZONE}`, `x.${a}.pod.${ZONE}`];
  const special = [`dns-version.${ZONE}`, `DNS-Version.${ZONE}`, `x.dns-version.${ZONE}`];
  const missing = [
    `nobody.${a}.svc.${ZONE}`,
    `*.${a}.svc.${ZONE}`,
    `nobody.none.svc.${ZONE}`,
    `_grpc._tcp.nobody.${a}.svc.${ZONE}`,
  ];
  const outside = ['example.com', 'local', 'xcluster.local', 'x.cluster.local.example', '.', 'arpa'];
  const kinds: [string, string[]][] = [
    ['apex', apex],
    ['tree', trees],
    ['namespace', inner],
    ['pod', pods],
    ['dns-version', special],
    ['no such Service', missing],
    ['outside of the zone', outside],
  ];
  return kinds.flatMap(([kind, names]) => names.map((name): Named => [kind, name]));
}

function selfQuestions(): Question[] {
  const zones = [ZONE, 'in-addr.arpa', 'ip6.arpa'];
  const names = [`ns.dns.${ZONE}`, `NS.dns.${ZONE}`, `x.ns.dns.${ZONE}`];
  return [
    ...zones.map((name): Question => ({ kind: SELF, name, type: 'NS' })),
    ...names.flatMap((name) => TYPES.map((type): Question => ({ kind: SELF, name, type }))),
  ];
}

function mixCase(random: Random, text: string): string {
  return [...text].map((letter) => (random.percent(50) ? letter.toUpperCase() : letter)).join('');
}

/** Sizes, transports, classes and bits, each on names with few and with many answers. */
function manners(random: Random): Question[] {
  const names = ['crowd', 'mob', 'vip-0', 'nobody', 'out', 'headless-0'].map(
    (name) => `${name}.dns-a.svc.${ZONE}`,
  );
  return names.flatMap((name) =>
    ['A', 'AAAA', 'SRV'].flatMap((type): Question[] => [
      ...[1, 512, 1232, 1400, 1500, 4096, 65_535].map(
        (size): Question => ({ kind: 'EDNS0 size', name, type, size }),
      ),
      ...random.times(
        4,
        (): Question => ({ kind: 'EDNS0 size', name, type, size: 400 + random.below(8000) }),
      ),
      { kind: 'without EDNS0', name, type },
      { kind: 'TCP', name, type, transport: 'tcp' },
      { kind: 'TCP', name, type, transport: 'tcp', size: 1232 },
      { kind: 'EDNS0 DO bit', name, type, size: 1232, do: true },
      { kind: 'EDNS0 version', name, type, size: 1232, version: 1 },
      { kind: 'CD bit', name, type, unchecked: true },
      ...['CH', 'HS', 'ANY', 'NONE'].map(
        (each): Question => ({ kind: 'another class', name, type, class: each }),
      ),
    ]),
  );
}

/** Every name with every type over one transport or the other, with random case, and the ways to ask. */
export function questionsFor(world: World, random: Random): Question[] {
  const names: Named[] = [
    ...world.services.map((service): Named => [kindOf(service), base(service)]),
    ...world.services
      .filter(({ metadata }) => !/^chain-[2-9]|^mob/.test(metadata.name ?? ''))
      .flatMap((service) => namesBelow(world, service)),
    ...reverseNames(world, random),
    ...otherNames(),
    ['no such Service', `kubernetes.default.svc.${ZONE}`],
  ];
  const isSelf = (name: string, type: string): boolean =>
    type === 'NS' && /^(cluster\.local|in-addr\.arpa|ip6\.arpa)$/i.test(name);
  const plain = names.flatMap(([kind, name]) =>
    TYPES.filter((type) => !isSelf(name, type))
      .filter(
        (type) =>
          ['A', 'AAAA', 'SRV', 'PTR'].includes(type) || !/ (of|below) /.test(kind) || random.percent(25),
      )
      .map(
        (type): Question => ({
          kind,
          name: random.percent(30) ? mixCase(random, name) : name,
          type,
          transport: random.percent(25) ? 'tcp' : 'udp',
          ...(random.percent(60) ? { size: 4096 } : {}),
        }),
      ),
  );
  const transfers = ['AXFR', 'IXFR', 'HTTPS', 'SVCB', 'NAPTR', 'DS', 'DNSKEY'].flatMap((type) =>
    [ZONE, `vip-0.dns-a.svc.${ZONE}`, `nobody.dns-a.svc.${ZONE}`].map(
      (name): Question => ({ kind: 'unusual type', name, type, transport: 'udp' }),
    ),
  );
  return [...plain, ...selfQuestions(), ...transfers, ...manners(random)];
}
