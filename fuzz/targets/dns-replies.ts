import { isIP } from 'node:net';
import { DiscoveryError, type Endpoint } from '@fairlead/discovery';
import { type Answer, encode, type Packet } from 'dns-packet';
import { LookUp } from '#discovery/dns/look-up.js';
import { clusterConfig } from '#discovery/dns/resolver-config.js';
import { StubResolver } from '#discovery/dns/stub-resolver.js';
import { parseDnsTarget } from '#discovery/dns/target.js';
import type { DnsWire, Exchange } from '#discovery/dns/wire.js';
import { bytesForm } from '../forms/bytes.js';
import { readLater } from '../judge/refusal.js';
import { type FuzzTarget, hold } from '../target.js';

const REFUSALS = { documented: (error: unknown) => error instanceof DiscoveryError && error.code === 'DNS' };
const NAME = 'serv-ca.nspace.svc.cluster.local';
const SRV_NAME = `_grpc._tcp.${NAME}`;
const CONFIG = clusterConfig([{ host: '127.0.0.1', port: 53 }], { clusterDomain: 'cluster.local' });
const CLOCK = { now: () => 0, setTimeout: () => ({ cancel() {}, unref() {} }) };

/** A network on which every query is answered with the same bytes, under the id of the query. */
function wireWith(reply: Buffer): DnsWire {
  const answer = async <T>({ message, read }: Exchange<T>): Promise<T> => {
    const mine = Buffer.from(reply);
    message.copy(mine, 0, 0, Math.min(2, mine.length));
    const found = read(mine);
    if (found === undefined) throw new Error('no answer');
    return found;
  };
  return { udp: answer, tcp: answer };
}

function judgeEndpoint({ addresses, weight = 1 }: Endpoint): void {
  for (const { host, port } of addresses) {
    hold(isIP(host) !== 0 && port >= 1 && port <= 65_535, `${host} with port ${port} is no address`);
  }
  hold(weight >= 1 && weight <= 65_535, `weight ${weight}`);
}

async function judge(reply: Buffer): Promise<void> {
  const resolver = new StubResolver({ wire: wireWith(reply), clock: CLOCK, randomId: () => 4711 });
  for (const text of [`headless:///${NAME}.:8088`, `headless:///${SRV_NAME}.`]) {
    const look = await readLater(REFUSALS, () =>
      new LookUp().look({
        target: parseDnsTarget(text),
        config: CONFIG,
        families: ['A', 'AAAA'],
        ask: (question, config) => resolver.ask(question, config),
      }),
    );
    if (look === undefined) continue;
    const { ttlSeconds = 0 } = look;
    hold(ttlSeconds >= 0 && ttlSeconds < 2 ** 31, `a TTL of ${ttlSeconds} s`);
    if (look.kind === 'found') for (const endpoint of look.endpoints) judgeEndpoint(endpoint);
  }
}

const SOA = {
  mname: 'ns.dns.cluster.local',
  rname: 'a',
  serial: 1,
  refresh: 1,
  retry: 1,
  expire: 1,
  minimum: 5,
};

function replies(): Buffer[] {
  const reply = (name: string, type: string, more: Partial<Packet>): Buffer =>
    encode({ type: 'response', id: 0, flags: 0x0480, questions: [{ name, type: type as 'A' }], ...more });
  const a = (data: string, name = NAME): Answer => ({ type: 'A', name, ttl: 5, data });
  const pods = ['pod-0', 'pod-1'].map((pod) => `${pod}.${NAME}`);
  const srv = pods.map((target, index): Answer => {
    const data = { priority: 0, weight: 10 * (index + 1), port: 8088, target };
    return { type: 'SRV', name: SRV_NAME, ttl: 5, data };
  });
  return [
    reply(NAME, 'A', { answers: [a('10.0.0.1'), a('10.0.0.2')] }),
    reply(NAME, 'AAAA', { answers: [{ type: 'AAAA', name: NAME, ttl: 5, data: 'fd00::1' }] }),
    reply(NAME, 'A', { answers: [{ type: 'CNAME', name: NAME, ttl: 5, data: 'b' }, a('10.0.0.1', 'b')] }),
    reply(NAME, 'A', {
      flags: 0x0483,
      authorities: [{ type: 'SOA', name: 'cluster.local', ttl: 5, data: SOA }],
    }),
    reply(SRV_NAME, 'SRV', { answers: srv, additionals: pods.map((pod, n) => a(`10.0.0.${n}`, pod)) }),
    reply(NAME, 'A', { flags: 0x0482 }),
    reply(NAME, 'A', { flags: 0x0680 }),
  ];
}

/** What DNS servers answer the resolver of `headless:` targets. */
export const dnsReplies: FuzzTarget<Buffer> = {
  name: 'dns-replies',
  about:
    'any bytes as the answer of a DNS server: an error in one line, or addresses, ports and times that are some',
  form: bytesForm([
    ...[
      [0xc0, 0x0c],
      [0xc0, 0xff],
      [0xff, 0xff],
      [0],
      [0, 5, 0, 1],
      [0, 1, 0, 1],
      [0, 41],
      [0, 33, 0, 1],
    ].map((word) => Buffer.from(word)),
  ]),
  seeds: replies,
  open: () => ({ check: judge }),
};
