import { anyUnpack } from '@bufbuild/protobuf/wkt';
import {
  type Cluster,
  Cluster_DiscoveryType,
  Cluster_LbPolicy,
} from '../gen/envoy/config/cluster/v3/cluster_pb.js';
import type { ConfigSource } from '../gen/envoy/config/core/v3/config_source_pb.js';
import type { Listener } from '../gen/envoy/config/listener/v3/listener_pb.js';
import type { Route } from '../gen/envoy/config/route/v3/route_components_pb.js';
import type { RouteConfiguration } from '../gen/envoy/config/route/v3/route_pb.js';
import { RouterSchema } from '../gen/envoy/extensions/filters/http/router/v3/router_pb.js';
import {
  type HttpConnectionManager,
  HttpConnectionManagerSchema,
} from '../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';

type Problems = readonly string[];
type Check = readonly [ok: boolean, problem: string];

/** The problems of the checks that do not hold. */
function failed(checks: readonly Check[]): Problems {
  return checks.filter(([ok]) => !ok).map(([, problem]) => problem);
}

function isOverAds(source: ConfigSource | undefined): boolean {
  return source?.configSourceSpecifier.case === 'ads';
}

function checkFilters({ httpFilters }: HttpConnectionManager): Problems {
  const names = httpFilters.map((filter) => filter.name);
  const isRouter = httpFilters.map(({ configType: { case: kind, value } }) => {
    return kind === 'typedConfig' && anyUnpack(value, RouterSchema) !== undefined;
  });
  return failed([
    [names.every((name) => name !== ''), 'an HTTP filter has no name'],
    [new Set(names).size === names.length, 'two HTTP filters have one name'],
    [isRouter.lastIndexOf(true) === isRouter.length - 1, 'the last HTTP filter is not the router'],
    [isRouter.filter(Boolean).length === 1, 'there is not exactly one router among the HTTP filters'],
  ]);
}

/** What is wrong with a listener for clients; a list as `validateAssignment()` returns it. */
export function validateListener(listener: Listener): Problems {
  const packed = listener.apiListener?.apiListener;
  const manager = packed === undefined ? undefined : anyUnpack(packed, HttpConnectionManagerSchema);
  if (manager === undefined) return ['there is no API listener with an HttpConnectionManager'];
  const { routeSpecifier: routes } = manager;
  const rds = routes.case === 'rds' ? routes.value : undefined;
  return [
    ...failed([
      [listener.name !== '', 'the name is empty'],
      [isOverAds(rds?.configSource), 'its routes are not to be asked for over ADS'],
      [(rds?.routeConfigName ?? '') !== '', 'the name of its routes is empty'],
    ]),
    ...checkFilters(manager),
  ];
}

function checkRoute({ match, action }: Route): Problems {
  const path = match?.pathSpecifier.case;
  const target = action.case === 'route' ? action.value.clusterSpecifier : undefined;
  return failed([
    // Regular expressions: Node accepts one that is none, and then its process ends.
    [path === 'prefix' || path === 'path', `a route matches by ${path ?? 'nothing'}, not by path or prefix`],
    // Java, Node and Rust refuse redirects; non_forwarding_action ends the process of a Node client.
    [action.case === 'route', `a route has the action ${action.case ?? 'none'}, not route`],
    [target?.case === 'cluster' && target.value !== '', 'a route names no cluster'],
  ]);
}

/** What is wrong with a route configuration for clients; a list as `validateAssignment()` returns it. */
export function validateRoute({ name, virtualHosts }: RouteConfiguration): Problems {
  const names = virtualHosts.map((host) => host.name);
  const domains = virtualHosts.flatMap((host) => host.domains);
  return [
    ...failed([
      [name !== '', 'the name is empty'],
      [virtualHosts.length > 0, 'there is no virtual host'],
      [names.every((each) => each !== ''), 'a virtual host has no name'],
      [new Set(names).size === names.length, 'two virtual hosts have one name'],
      [virtualHosts.every((host) => host.domains.length > 0), 'a virtual host has no domains'],
      [domains.every((domain) => domain !== ''), 'a domain is empty'],
      [new Set(domains).size === domains.length, 'a domain is there twice'],
      [virtualHosts.every((host) => host.routes.length > 0), 'a virtual host has no routes'],
    ]),
    ...virtualHosts.flatMap((host) => host.routes).flatMap(checkRoute),
  ];
}

/** What is wrong with a cluster for clients; a list as `validateAssignment()` returns it. */
export function validateCluster(cluster: Cluster): Problems {
  const { clusterDiscoveryType: discovery, edsClusterConfig: eds } = cluster;
  return failed([
    [cluster.name !== '', 'the name is empty'],
    [discovery.case === 'type' && discovery.value === Cluster_DiscoveryType.EDS, 'its type is not EDS'],
    [isOverAds(eds?.edsConfig), 'its endpoints are not to be asked for over ADS'],
    [(eds?.serviceName ?? '') !== '', 'the name of its endpoints is empty'],
    // C-core and Node refuse LEAST_REQUEST, Node and Rust rings without their fields.
    [cluster.lbPolicy === Cluster_LbPolicy.ROUND_ROBIN, `lb_policy ${cluster.lbPolicy} is not ROUND_ROBIN`],
  ]);
}
