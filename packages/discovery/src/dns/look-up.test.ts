import { describe, expect, it } from 'vitest';
import { a, aaaa, cname, nxdomain, type Reply, soa, srv } from '../../test/doubles/dns-replies.js';
import { type Behaviour, FakeWire } from '../../test/doubles/fake-wire.js';
import { macrotask, VirtualClock } from '../../test/doubles/virtual-clock.js';
import { parseTarget } from '../target.js';
import { LookUp, type LookUpOptions } from './look-up.js';
import { clusterConfig, parseServer, type ResolverConfig } from './resolver-config.js';
import { StubResolver } from './stub-resolver.js';
import { type DnsTarget, dnsTargetOf, parseDnsTarget } from './target.js';

const NAME = 'svc.ns.svc.cluster.local';
const server = (text: string) => parseServer(text)!;
const config: ResolverConfig = {
  ...clusterConfig([server('10.0.0.1'), server('10.0.0.2')], { clusterDomain: 'cluster.local' }),
  attempts: 2,
};

function looker(behaviour: Behaviour, more: Partial<ResolverConfig> = {}) {
  const wire = new FakeWire(behaviour);
  const clock = new VirtualClock();
  const resolver = new StubResolver({ wire, clock, randomId: () => 4711 });
  const lookUp = new LookUp();
  const look = (
    text: string | DnsTarget = `headless:///${NAME}.:8088`,
    families: LookUpOptions['families'] = ['A'],
  ) =>
    lookUp.look({
      target: typeof text === 'string' ? parseDnsTarget(text) : text,
      config: { ...config, ...more },
      families,
      ask: (question, used) => resolver.ask(question, used),
    });
  return { wire, clock, look };
}

/** Answers by question; NXDOMAIN for anything else. */
const zone =
  (records: Readonly<Record<string, Reply>>): Behaviour =>
  ({ question }) =>
    records[question] ?? nxdomain(5);

describe('addresses', () => {
  it('finds sorted, ready endpoints with the least TTL', async () => {
    const { look } = looker(
      zone({ [`A ${NAME}`]: { answers: [a(NAME, '10.1.0.2', 7), a(NAME, '10.1.0.1', 3)] } }),
    );
    const found = await look();
    expect(found).toMatchObject({ kind: 'found', name: NAME, ttlSeconds: 3 });
    expect(found.kind === 'found' && found.endpoints.map(({ key, ready }) => [key, ready])).toEqual([
      ['10.1.0.1:8088', true],
      ['10.1.0.2:8088', true],
    ]);
  });

  it('asks both families, and keeps the addresses of one that fails while the other answers', async () => {
    let broken = false;
    const { look } = looker(({ question }) => {
      if (question.startsWith('AAAA')) return broken ? { rcode: 2 } : { answers: [aaaa(NAME, 'fd00::1')] };
      return { answers: [a(NAME, '10.1.0.1')] };
    });
    const keys = async (): Promise<unknown> => {
      const found = await look(undefined, ['A', 'AAAA']);
      return found.kind === 'found' && found.endpoints.map(({ key }) => key);
    };
    expect(await keys()).toEqual(['10.1.0.1:8088', '[fd00::1]:8088']);
    broken = true;
    expect(await keys()).toEqual(['10.1.0.1:8088', '[fd00::1]:8088']);
  });

  it('fails when one family fails and the other has nothing', async () => {
    const { look } = looker(({ question }) => (question.startsWith('AAAA') ? { rcode: 2 } : nxdomain(5)));
    await expect(look(undefined, ['A', 'AAAA'])).rejects.toThrow(/AAAA .*SERVFAIL/);
  });

  it('follows aliases to a name in any case and takes the least TTL of the way', async () => {
    const answers = [
      cname(NAME.toUpperCase(), 'B.example', 9),
      cname('b.Example', 'c.example', 2),
      a('c.example', '10.1.0.1', 60),
    ];
    const { look } = looker(zone({ [`A ${NAME}`]: { answers } }));
    expect(await look()).toMatchObject({ kind: 'found', ttlSeconds: 2 });
  });

  it('leaves out records that are not on the way', async () => {
    const { look } = looker(
      zone({ [`A ${NAME}`]: { answers: [a('other.example', '10.9.9.9'), a(NAME, '10.1.0.1')] } }),
    );
    expect(await look()).toMatchObject({ endpoints: [{ key: '10.1.0.1:8088' }] });
  });

  it.each([
    ['a loop of aliases', [cname(NAME, 'b.example'), cname('b.example', NAME)]],
    [
      'a long chain',
      [cname(NAME, 'n0.x'), ...Array.from({ length: 12 }, (_, i) => cname(`n${i}.x`, `n${i + 1}.x`))],
    ],
  ])('refuses %s', async (_, answers) => {
    const { look } = looker(zone({ [`A ${NAME}`]: { answers } }));
    await expect(look()).rejects.toThrow(/alias of more than 8 aliases/);
  });

  it('says how long a "no" holds: the lesser of the SOA record and its minimum', async () => {
    const { look } = looker(() => ({ rcode: 3, authorities: [soa('cluster.local', 30, 4)] }));
    expect(await look()).toEqual({ kind: 'absent', what: 'NXDOMAIN', ttlSeconds: 4, names: [NAME] });
    const empty = looker(() => ({ authorities: [soa('cluster.local', 3, 60)] }));
    expect(await empty.look()).toEqual({ kind: 'absent', what: 'NODATA', ttlSeconds: 3, names: [NAME] });
  });
});

describe('the search list', () => {
  it('is gone through once, and then only the name that answered is asked', async () => {
    const { look, wire } = looker(zone({ [`A ${NAME}`]: { answers: [a(NAME, '10.1.0.1')] } }), {
      search: ['own.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
    });
    await look('headless:///svc.ns:8088');
    await look('headless:///svc.ns:8088');
    expect(wire.questions).toEqual(['A svc.ns.own.svc.cluster.local', `A ${NAME}`, `A ${NAME}`]);
  });

  it('is gone through again when that name is gone', async () => {
    const records: Record<string, Reply> = { [`A ${NAME}`]: { answers: [a(NAME, '10.1.0.1')] } };
    const { look } = looker((asked) => zone(records)(asked));
    await look('headless:///svc.ns:8088');
    delete records[`A ${NAME}`];
    records['A svc.ns'] = { answers: [a('svc.ns', '10.2.0.1')] };
    expect(await look('headless:///svc.ns:8088')).toMatchObject({ kind: 'found', name: 'svc.ns' });
  });

  it('does not take a failure of the right name for the absence of all', async () => {
    const { look } = looker(({ question }) => (question === `A ${NAME}` ? { rcode: 2 } : nxdomain(5)));
    await expect(look('headless:///svc.ns:8088')).rejects.toThrow(`DNS did not answer A ${NAME}`);
  });
});

describe('refusals', () => {
  it('of a name outside do not hide that the cluster has none of that name', async () => {
    const { look, wire } = looker(({ question }) => (question === 'A svc.ns' ? { rcode: 5 } : nxdomain(7)));
    expect(await look('headless:///svc.ns:80')).toMatchObject({
      kind: 'absent',
      what: 'NXDOMAIN',
      ttlSeconds: 7,
    });
    // Each server was asked once: a refusal is not worth a second try.
    expect(wire.questions.filter((each) => each === 'A svc.ns')).toHaveLength(2);
  });

  it('of all names are a failure', async () => {
    const { look } = looker(() => ({ rcode: 5 }));
    await expect(look('headless:///svc.ns:80')).rejects.toThrow(
      'all DNS servers refuse to answer svc.ns.svc.cluster.local, svc.ns.cluster.local, svc.ns',
    );
  });
});

describe('SRV records', () => {
  const SRV = `_grpc._tcp.${NAME}`;
  const pods = (...names: string[]) => names.map((name) => srv(SRV, `${name}.${NAME}`, 8088));

  it('give port, pod and both families of a pod as one endpoint, from the addresses that come along', async () => {
    const additionals = [
      a(`web-0.${NAME}`, '10.1.0.1'),
      aaaa(`web-0.${NAME}`, 'fd00::1'),
      a(`10-1-0-2.${NAME}`, '10.1.0.2'),
      a('evil.example', '10.9.9.9'),
    ];
    const { look, wire } = looker(
      zone({ [`SRV ${SRV}`]: { answers: pods('web-0', '10-1-0-2'), additionals } }),
    );
    const found = await look(`headless:///${NAME}.:grpc`, ['A', 'AAAA']);
    expect(wire.questions).toEqual([`SRV ${SRV}`]);
    expect(found.kind === 'found' && found.endpoints).toEqual([
      {
        key: '10.1.0.1:8088,[fd00::1]:8088',
        addresses: [
          { host: '10.1.0.1', port: 8088 },
          { host: 'fd00::1', port: 8088 },
        ],
        ready: true,
        serving: true,
        terminating: false,
        slice: SRV,
        pod: 'web-0',
        hostname: 'web-0',
      },
      expect.not.objectContaining({ pod: expect.anything() }),
    ]);
  });

  it('of one pod are those with its hostname', async () => {
    const additionals = [a(`web-1.${NAME}`, '10.1.0.1'), a(`web-10.${NAME}`, '10.1.0.10')];
    const { look, wire } = looker(
      zone({ [`SRV ${SRV}`]: { answers: pods('web-1', 'web-10'), additionals } }),
    );
    const ofPod = (hostname: string) =>
      look(dnsTargetOf(parseTarget(`k8s:///${hostname}.svc.ns:grpc`), 'cluster.local'));
    expect(await ofPod('web-1')).toMatchObject({ endpoints: [{ key: '10.1.0.1:8088', pod: 'web-1' }] });
    expect(await ofPod('web-2')).toMatchObject({ kind: 'absent', what: 'NODATA' });
    expect(new Set(wire.questions)).toEqual(new Set([`SRV ${SRV}`]));
  });

  it('are looked up one by one when no addresses come along', async () => {
    const { look } = looker(
      zone({
        [`SRV ${SRV}`]: { answers: pods('web-0', 'web-1', 'gone') },
        [`A web-0.${NAME}`]: { answers: [a(`web-0.${NAME}`, '10.1.0.1', 2)] },
        [`A web-1.${NAME}`]: { answers: [a(`web-1.${NAME}`, '10.1.0.2')] },
      }),
    );
    expect(await look(`headless:///${SRV}.`)).toMatchObject({
      ttlSeconds: 2,
      endpoints: [{ pod: 'web-0' }, { pod: 'web-1' }],
    });
  });

  it('count by the lowest priority only, and weigh when weights differ', async () => {
    const answers = [
      srv(SRV, 'a.x', 1, { weight: 3 }),
      srv(SRV, 'b.x', 2, { weight: 0 }),
      srv(SRV, 'backup.x', 3, { priority: 1 }),
    ];
    const additionals = [a('a.x', '10.1.0.1'), a('b.x', '10.1.0.2'), a('backup.x', '10.1.0.3')];
    const { look } = looker(zone({ [`SRV ${SRV}`]: { answers, additionals } }));
    expect(await look(`headless:///${SRV}.`)).toMatchObject({
      endpoints: [
        { key: '10.1.0.1:1', weight: 3 },
        { key: '10.1.0.2:2', weight: 1 },
      ],
    });
  });

  it('of the root mean that the service is not there', async () => {
    const { look } = looker(zone({ [`SRV ${SRV}`]: { answers: [srv(SRV, '.', 0)] } }));
    expect(await look(`headless:///${SRV}.`)).toMatchObject({ kind: 'absent', what: 'NODATA' });
  });
});

describe('servers', () => {
  it('are asked in turn, and the one that answered stays the first', async () => {
    const { look, wire, clock } = looker(({ server: at }) =>
      at === '10.0.0.1' ? 'silence' : { answers: [a(NAME, '10.1.0.1')] },
    );
    const first = look();
    await clock.advance(config.timeoutMs);
    await first;
    await look();
    expect(wire.asked.map(({ server: at }) => at)).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.2']);
  });

  it('take turns with rotate', async () => {
    const { look, wire } = looker(() => ({ answers: [a(NAME, '10.1.0.1')] }), { rotate: true });
    for (let i = 0; i < 4; i++) await look();
    expect(wire.asked.map(({ server: at }) => at)).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.1', '10.0.0.2']);
  });

  it('that all fail are named, each with its trouble', async () => {
    const { look, clock } = looker(({ server: at }) => (at === '10.0.0.1' ? 'silence' : { rcode: 2 }));
    const failed = expect(look()).rejects.toThrow(
      /A svc\.ns.*10\.0\.0\.1:53: no answer over UDP in 2 s; 10\.0\.0\.2:53: SERVFAIL/,
    );
    for (let i = 0; i < config.attempts; i++) await clock.advance(config.timeoutMs);
    await failed;
    expect(clock.pending).toBe(0);
  });

  it('that do not read EDNS0 are asked without it', async () => {
    const { look, wire } = looker(({ edns }) => (edns ? { rcode: 1 } : { answers: [a(NAME, '10.1.0.1')] }));
    expect(await look()).toMatchObject({ kind: 'found' });
    expect(wire.asked.map(({ edns }) => edns)).toEqual([true, false]);
  });

  it('whose answer is cut off are asked over TCP, and a cut answer is never used', async () => {
    const answers = [a(NAME, '10.1.0.1')];
    const { look, wire } = looker(({ transport }) => ({ truncated: transport === 'udp', answers }));
    expect(await look()).toMatchObject({ endpoints: [{ key: '10.1.0.1:8088' }] });
    expect(wire.asked.map(({ transport }) => transport)).toEqual(['udp', 'tcp']);
    const always = looker(() => ({ truncated: true, answers }));
    await expect(always.look()).rejects.toThrow(/cut off even over TCP/);
    const closed = looker(({ transport }) =>
      transport === 'tcp' ? new Error('refused') : { truncated: true },
    );
    await expect(closed.look()).rejects.toThrow(/refused/);
  });

  it('are left alone once the look is called off', async () => {
    const wire = new FakeWire(() => 'silence');
    const clock = new VirtualClock();
    const resolver = new StubResolver({ wire, clock, randomId: () => 1 });
    const ending = new AbortController();
    const asked = expect(resolver.ask({ name: NAME, type: 'A' }, config, ending.signal)).rejects.toThrow();
    await macrotask();
    ending.abort();
    await asked;
    expect(wire.asked).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });
});
