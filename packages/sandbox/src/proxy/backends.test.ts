import { describe, expect, it } from 'vitest';
import type { EndpointView, ServiceView } from '../cluster-view/cluster-view.js';
import { type Backend, type Candidate, candidates, clusterBackends, localBackends } from './backends.js';
import { frontendsOf } from './frontend.js';
import type { ClientPlace, NodePlace } from './place.js';

const nodeA: NodePlace = { name: 'a', address: '127.7.0.10', zone: 'za' };
const nodeB: NodePlace = { name: 'b', address: '127.7.0.11', zone: 'zb' };
const nodeC: NodePlace = { name: 'c', address: '127.7.0.12', zone: 'zb' };

function endpoint(n: number, node: NodePlace, more: Partial<EndpointView> = {}): EndpointView {
  return {
    addresses: [`10.0.0.${n}`],
    hostname: undefined,
    ...{ ready: true, serving: true, terminating: false },
    ...{ node: node.name, forZones: [], forNodes: [] },
    ...more,
  };
}
const candidate = (...args: Parameters<typeof endpoint>): Candidate => {
  const view = endpoint(...args);
  return { host: view.addresses[0] as string, port: 8088, endpoint: view };
};
const zoned = (n: number, node: NodePlace): Candidate =>
  candidate(n, node, { forZones: [node.zone as string] });
const hosts = (backends: readonly Backend[]): string[] =>
  backends.map(({ host }) => host.replace('10.0.0.', ''));
const draining = { ready: false, serving: true, terminating: true };

describe('policy Cluster', () => {
  it('takes ready endpoints, else those that drain, else none', () => {
    const ready = candidate(1, nodeA);
    const drains = candidate(2, nodeA, draining);
    const unready = candidate(3, nodeA, { ready: false, serving: false });
    expect(hosts(clusterBackends([ready, drains, unready], nodeB))).toEqual(['1']);
    expect(hosts(clusterBackends([drains, unready], nodeB))).toEqual(['2']);
    expect(clusterBackends([unready], nodeB)).toEqual([]);
  });

  it('keeps to the zone when every ready endpoint has a hint and one names it', () => {
    expect(hosts(clusterBackends([zoned(1, nodeA), zoned(2, nodeB), zoned(3, nodeC)], nodeC))).toEqual([
      '2',
      '3',
    ]);
  });

  it.each([
    ['one endpoint lacks a hint', [zoned(1, nodeA), candidate(2, nodeB)]],
    ['no hint names the zone', [zoned(2, nodeB), zoned(3, nodeC)]],
  ])('ignores all hints when %s', (_, all) => {
    expect(clusterBackends(all, nodeA)).toHaveLength(2);
  });

  it('does not let an endpoint that is not ready count for the hints', () => {
    const all = [zoned(1, nodeA), zoned(2, nodeB), candidate(3, nodeA, { ready: false, serving: false })];
    expect(hosts(clusterBackends(all, nodeA))).toEqual(['1']);
  });

  it('prefers node hints to zone hints', () => {
    const near = (n: number, node: NodePlace): Candidate =>
      candidate(n, node, { forZones: [node.zone as string], forNodes: [node.name] });
    const all = [near(1, nodeA), near(2, nodeB), near(3, nodeC)];
    expect(hosts(clusterBackends(all, nodeC))).toEqual(['3']);
    const elsewhere: NodePlace = { name: 'd', address: '127.7.0.13', zone: 'zb' };
    expect(hosts(clusterBackends(all, elsewhere))).toEqual(['2', '3']);
  });
});

it('policy Local: ready endpoints of the node, else those of it that drain, else none', () => {
  const all = [candidate(1, nodeA), candidate(2, nodeA, draining), candidate(3, nodeB, draining)];
  expect(hosts(localBackends(all, nodeA))).toEqual(['1']);
  expect(hosts(localBackends(all, nodeB))).toEqual(['3']);
  expect(localBackends(all, nodeC)).toEqual([]);
  expect(localBackends(all, undefined)).toEqual([]);
});

it('counts an endpoint of two slices once, in its better state', () => {
  const ports = [{ name: 'tcp', protocol: 'tcp', port: 8088, nodePort: undefined }];
  const slices = [
    { ports, endpoints: [endpoint(1, nodeA, draining), endpoint(2, nodeA)] },
    { ports, endpoints: [endpoint(1, nodeA), endpoint(2, nodeA, draining)] },
    { ports: [], endpoints: [endpoint(3, nodeA)] },
  ];
  const found = candidates(slices, 'tcp');
  expect(found.map(({ host, endpoint: { ready } }) => [host, ready])).toEqual([
    ['10.0.0.1', true],
    ['10.0.0.2', true],
  ]);
});

describe('addresses of a Service', () => {
  const view: ServiceView = {
    ...{ name: 's', namespace: 'ns', uid: 'u', headless: false, externalName: undefined },
    clusterIps: ['127.7.96.10'],
    balancerIps: ['127.7.112.10'],
    ports: [
      { name: 'tcp', protocol: 'tcp', port: 80, nodePort: 30_086 },
      { name: 'udp', protocol: 'udp', port: 80, nodePort: 30_086 },
    ],
    ...{ internalLocal: false, externalLocal: false, affinityMs: undefined },
  };
  const nodes = [nodeA, nodeB];
  const outside: ClientPlace = { node: nodeA, isPod: false };
  const pod: ClientPlace = { node: nodeA, isPod: true };
  const all = [candidate(1, nodeA), candidate(2, nodeB), candidate(3, nodeB)];
  const at = (service: ServiceView, host: string, random = 0) => {
    const found = frontendsOf(service, { nodes, random: () => random }).find((each) => each.host === host);
    return (from: ClientPlace): string[] => hosts(found?.choices(all, from) ?? []);
  };

  it('are its cluster IP, its load balancer and its port on each node; none of a headless one', () => {
    const addresses = frontendsOf(view, { nodes, random: () => 0 }).map(
      ({ host, port }) => `${host}:${port}`,
    );
    expect(addresses).toEqual(['127.7.96.10:80', '127.7.112.10:80', '127.7.0.10:30086', '127.7.0.11:30086']);
    expect(frontendsOf({ ...view, headless: true }, { nodes, random: () => 0 })).toEqual([]);
  });

  it('lead to every endpoint under the policy Cluster', () => {
    for (const host of ['127.7.96.10', '127.7.112.10', '127.7.0.10', '127.7.0.11']) {
      expect(at(view, host)(outside), host).toEqual(['1', '2', '3']);
    }
  });

  it('internalTrafficPolicy Local: the cluster IP leads to the client’s node only', () => {
    const local = { ...view, internalLocal: true };
    expect(at(local, '127.7.96.10')(pod)).toEqual(['1']);
    expect(at(local, '127.7.96.10')({ node: nodeB, isPod: true })).toEqual(['2', '3']);
    expect(at(local, '127.7.0.10')(outside)).toEqual(['1', '2', '3']);
  });

  it('externalTrafficPolicy Local: a node’s port leads to that node, a load balancer to one node; pods see all', () => {
    const local = { ...view, externalLocal: true };
    expect(at(local, '127.7.0.11')(outside)).toEqual(['2', '3']);
    expect(at(local, '127.7.0.11')(pod)).toEqual(['1', '2', '3']);
    expect(at(local, '127.7.112.10', 0)(outside)).toEqual(['1']);
    expect(at(local, '127.7.112.10', 0.99)(outside)).toEqual(['2', '3']);
    expect(at(local, '127.7.112.10')(pod)).toEqual(['1', '2', '3']);
    expect(at(local, '127.7.96.10')(outside)).toEqual(['1', '2', '3']);
  });
});
