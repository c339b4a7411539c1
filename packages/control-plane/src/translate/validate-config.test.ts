import { create } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';
import { Cluster_LbPolicy, ClusterSchema } from '../gen/envoy/config/cluster/v3/cluster_pb.js';
import { ListenerSchema } from '../gen/envoy/config/listener/v3/listener_pb.js';
import { RouteSchema, VirtualHostSchema } from '../gen/envoy/config/route/v3/route_components_pb.js';
import {
  type HttpConnectionManager,
  HttpConnectionManagerSchema,
} from '../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import type { LocalityEndpoints } from './assignment.js';
import { buildCluster, buildListener, buildRoute } from './config.js';
import { validateAssignment } from './validate-assignment.js';
import { validateCluster, validateListener, validateRoute } from './validate-config.js';

function manager(change: (manager: HttpConnectionManager) => void): HttpConnectionManager {
  const packed = buildListener('l', 'r').apiListener?.apiListener;
  const good = create(HttpConnectionManagerSchema, {
    ...(packed && {}),
    routeSpecifier: {
      case: 'rds',
      value: { configSource: { configSourceSpecifier: { case: 'ads', value: {} } }, routeConfigName: 'r' },
    },
    httpFilters: [
      {
        name: 'router',
        configType: {
          case: 'typedConfig',
          value: {
            typeUrl: 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router',
            value: new Uint8Array(),
          },
        },
      },
    ],
  });
  change(good);
  return good;
}

function listenerWith(change: (manager: HttpConnectionManager) => void) {
  return create(ListenerSchema, {
    name: 'l',
    apiListener: { apiListener: anyPack(HttpConnectionManagerSchema, manager(change)) },
  });
}

describe('validateListener', () => {
  it('accepts what is built, and the same by other hands', () => {
    expect(validateListener(buildListener('l', 'r'))).toEqual([]);
    expect(validateListener(listenerWith(() => {}))).toEqual([]);
  });

  it.each([
    ['no filters', (m: HttpConnectionManager) => void m.httpFilters.splice(0), 'exactly one router'],
    ['two routers', (m: HttpConnectionManager) => void m.httpFilters.push(m.httpFilters[0]!), 'one name'],
    [
      'a filter behind the router',
      (m: HttpConnectionManager) =>
        void m.httpFilters.push({ ...m.httpFilters[0]!, name: 'x', configType: { case: undefined } }),
      'the last HTTP filter',
    ],
    [
      'a filter without a name',
      (m: HttpConnectionManager) => void Object.assign(m.httpFilters[0]!, { name: '' }),
      'no name',
    ],
    [
      'no routes',
      (m: HttpConnectionManager) => void Object.assign(m, { routeSpecifier: { case: undefined } }),
      'over ADS',
    ],
  ])('refuses %s', (_, change, text) => {
    expect(validateListener(listenerWith(change))).toEqual(
      expect.arrayContaining([expect.stringContaining(text)]),
    );
  });

  it('refuses a listener that listens on an address', () => {
    expect(validateListener(create(ListenerSchema, { name: 'l' }))).toEqual([
      'there is no API listener with an HttpConnectionManager',
    ]);
  });
});

describe('validateRoute', () => {
  const action = { case: 'route', value: { clusterSpecifier: { case: 'cluster', value: 'c' } } } as const;
  const prefix = { pathSpecifier: { case: 'prefix', value: '' } } as const;

  it('accepts what is built', () => {
    expect(validateRoute(buildRoute('r', 'c'))).toEqual([]);
  });

  it.each([
    ['a route without a cluster', { match: prefix, action: { case: 'route', value: {} } }, 'no cluster'],
    ['a route without an action', { match: prefix }, 'action none'],
    ['a route that matches nothing', { action }, 'matches by nothing'],
    [
      'a path in parts',
      { match: { pathSpecifier: { case: 'pathSeparatedPrefix', value: '/a' } }, action },
      'matches by pathSeparatedPrefix',
    ],
  ] as const)('refuses %s', (_, route, text) => {
    const config = buildRoute('r', 'c');
    config.virtualHosts[0]!.routes.push(create(RouteSchema, route as never));
    expect(validateRoute(config)).toEqual(expect.arrayContaining([expect.stringContaining(text)]));
  });

  it('refuses a domain that two virtual hosts have, and hosts without name, domains or routes', () => {
    const config = buildRoute('r', 'c');
    config.virtualHosts.push(
      create(VirtualHostSchema, { domains: ['*'] }),
      create(VirtualHostSchema, { name: 'n', domains: [] }),
    );
    expect(validateRoute(config)).toEqual([
      'a virtual host has no name',
      'a virtual host has no domains',
      'a domain is there twice',
      'a virtual host has no routes',
    ]);
    expect(validateRoute({ ...config, virtualHosts: [] })).toEqual(['there is no virtual host']);
  });
});

describe('validateCluster', () => {
  it('accepts what is built', () => {
    expect(validateCluster(buildCluster('c'))).toEqual([]);
  });

  it.each([Cluster_LbPolicy.LEAST_REQUEST, Cluster_LbPolicy.RING_HASH, Cluster_LbPolicy.MAGLEV])(
    'refuses lb_policy %i, which not all clients accept',
    (lbPolicy) => {
      expect(validateCluster({ ...buildCluster('c'), lbPolicy })).toEqual([
        `lb_policy ${lbPolicy} is not ROUND_ROBIN`,
      ]);
    },
  );

  it('refuses a cluster that is not told where its endpoints are', () => {
    expect(validateCluster(create(ClusterSchema, { name: 'c' }))).toHaveLength(3);
  });
});

describe('validateAssignment', () => {
  const at = (...hosts: string[]) => hosts.map((host) => ({ addresses: [{ host, port: 1 }] }));
  const locality: LocalityEndpoints = { zone: 'a', priority: 0, weight: 1, endpoints: at('10.0.0.1') };

  it('accepts an assignment without localities, and priorities in any order', () => {
    expect(validateAssignment({ name: 'x', localities: [] })).toEqual([]);
    const second = { ...locality, priority: 1, endpoints: at('10.0.0.2') };
    expect(validateAssignment({ name: 'x', localities: [second, locality] })).toEqual([]);
  });

  it.each<[string, Partial<LocalityEndpoints>[], string]>([
    ['a weight of 0', [{ weight: 0 }], 'weight 0'],
    ['half a weight', [{ weight: 0.5 }], 'weight 0.5'],
    ['weights beyond 32 bits', [{ weight: 2 ** 32 - 1 }, { zone: 'b', endpoints: at('::1') }], 'add up'],
    ['a gap in the priorities', [{}, { priority: 2, endpoints: at('::1') }], 'priority 1 is missing'],
    ['priorities that begin at 1', [{ priority: 1 }], 'priority 0 is missing'],
    ['a locality twice', [{}, { endpoints: at('::1') }], 'is there twice'],
    ['an address twice', [{ endpoints: at('::1', '0:0::1') }], '::1:1 is there twice'],
    ['an address in two localities', [{}, { zone: 'b' }], '10.0.0.1:1 is there twice'],
    ['a locality without endpoints', [{ endpoints: [] }], 'has no endpoints'],
    ['a name instead of an address', [{ endpoints: at('localhost') }], 'is not an IP address'],
    ['port 0', [{ endpoints: [{ addresses: [{ host: '::1', port: 0 }] }] }], 'port 0'],
    ['an endpoint without addresses', [{ endpoints: [{ addresses: [] }] }], 'no address'],
  ])('refuses %s', (_, localities, text) => {
    const whole = localities.map((fields) => ({ ...locality, ...fields }));
    expect(validateAssignment({ name: 'x', localities: whole })).toEqual(
      expect.arrayContaining([expect.stringContaining(text)]),
    );
  });
});
