import { type DecodedPacket, decode, encode, type Packet } from 'dns-packet';
import { bootstrapCluster, createClusterStore } from '#sandbox/api/index.js';
import { createClusterView } from '#sandbox/cluster-view/cluster-view.js';
import { encodeResponse } from '#sandbox/dns/encode.js';
import { respond } from '#sandbox/dns/respond.js';
import { createZone, type Zone } from '#sandbox/dns/zone.js';
import { bytesForm } from '../forms/bytes.js';
import { type FuzzTarget, hold } from '../target.js';

const HEADER_BYTES = 12;
const LEAST_UDP_BYTES = 512;
const MOST_BYTES = 65_535;

function judgeAnswer(query: Buffer, answer: Buffer): DecodedPacket {
  hold(answer.length >= HEADER_BYTES, 'the answer has no header');
  hold(answer.readUInt16BE(0) === query.readUInt16BE(0), 'the answer has another id');
  hold((answer.readUInt16BE(2) & 0x8000) !== 0, 'the answer is no answer');
  return decode(answer);
}

function judge(zone: Zone, query: Buffer): void {
  const tcp = respond(zone, query, 'tcp');
  const udp = respond(zone, query, 'udp');
  hold((tcp === null) === (udp === null), 'answered over one transport only');
  if (tcp === null || udp === null) return;
  hold(tcp.length <= MOST_BYTES, `${tcp.length} bytes over TCP`);
  const whole = judgeAnswer(query, tcp);
  const { additionals = [] } = judgeAnswer(query, udp);
  const opt = additionals.find((record) => record.type === 'OPT') as { udpPayloadSize?: number } | undefined;
  hold(udp.length <= Math.max(opt?.udpPayloadSize ?? 0, LEAST_UDP_BYTES), `${udp.length} bytes over UDP`);
  // What was asked is answered again when it is written anew from what was read of it.
  const [question] = whole.questions ?? [];
  if (question === undefined) return;
  const again = respond(zone, encode({ type: 'query', id: whole.id ?? 0, questions: [question] }), 'tcp');
  hold(again !== null, 'its own question is not answered');
}

const EDNS = { type: 'OPT', name: '.', udpPayloadSize: 1232, flags: 0, options: [] } as const;

function questions(): Buffer[] {
  const ask = (name: string, type: string, more: Partial<Packet> = {}): Buffer =>
    encode({ type: 'query', id: 7, flags: 256, questions: [{ name, type: type as 'A' }], ...more });
  const svc = 'serv-ca.default.svc.cluster.local';
  return [
    ask(svc, 'A'),
    ask(svc.toUpperCase(), 'AAAA', {
      additionals: [{ ...EDNS, extendedRcode: 0, ednsVersion: 0, flag_do: true } as never],
    }),
    ask(`_grpc._tcp.${svc}`, 'SRV'),
    ask(`10-0-0-1.${svc}`, 'A'),
    ask('1.0.0.10.in-addr.arpa', 'PTR'),
    ask('dns-version.cluster.local', 'TXT'),
    ask('cluster.local', 'SOA'),
    ask('cluster.local', 'AXFR'),
    ask('alias.default.svc.cluster.local', 'CNAME'),
    ask('nobody.default.svc.cluster.local', 'ANY'),
    ask('example.org', 'A'),
    ask('5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa', 'PTR'),
  ];
}

const metadata = (name: string) => ({
  name,
  namespace: 'default',
  labels: { 'kubernetes.io/service-name': 'serv-ca' },
});

/** A zone with Services of each kind, many endpoints and both families. */
function openZone(): { zone: Zone; close(): void } {
  const store = createClusterStore({ serviceCidr: '127.99.96.0/20' });
  bootstrapCluster(store);
  const ports = [{ name: 'grpc', port: 8088, protocol: 'TCP' }];
  const service = (name: string, spec: object): void =>
    void store.create('services', { apiVersion: 'v1', kind: 'Service', metadata: metadata(name), spec });
  service('serv-ca', { clusterIP: 'None', ports });
  service('vip', { ports });
  service('alias', { type: 'ExternalName', externalName: 'vip.default.svc.cluster.local' });
  const slice = (name: string, addressType: string, hosts: readonly string[]): void =>
    void store.create('endpointslices', {
      ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: metadata(name) },
      ...{
        addressType,
        ports,
        endpoints: hosts.map((host) => ({ addresses: [host], conditions: { ready: true } })),
      },
    });
  slice(
    'four',
    'IPv4',
    Array.from({ length: 60 }, (_, index) => `10.0.0.${index + 1}`),
  );
  slice('six', 'IPv6', ['fd00::5', 'fd00::6']);
  const view = createClusterView(store);
  const zone = createZone({ view, nameserver: '10.0.0.53', now: () => 1_000_000, shuffle: (items) => items });
  return { zone, close: () => view.close() };
}

/** Messages to the cluster's DNS server. */
export const dnsQueries: FuzzTarget<Buffer> = {
  name: 'dns',
  about: 'any bytes as a question to the cluster DNS: an answer that can be read and fits, or none',
  form: bytesForm([
    ...[
      [0xc0, 0x0c],
      [0xc0, 0xff],
      [0xff, 0xff],
      [0],
      [63],
      [64],
      [0, 41],
      [0, 1, 0, 1],
      [0, 33, 0, 1],
      [0, 255, 0, 255],
    ].map(Buffer.from),
    Buffer.from('\u0003svc\u0007cluster\u0005local\0', 'latin1'),
  ]),
  seeds: () => [
    ...questions(),
    Buffer.from(
      encodeResponse(
        {
          id: 1,
          flags: 0x8000,
          question: Buffer.alloc(0),
          answers: [],
          authorities: [],
          additionals: [],
          edns: undefined,
        },
        512,
      ),
    ),
  ],
  open() {
    const { zone, close } = openZone();
    return { check: (query) => judge(zone, query), close };
  },
};
