import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import {
  type Cluster,
  Cluster_DiscoveryType,
  Cluster_LbPolicy,
  ClusterSchema,
} from '../gen/envoy/config/cluster/v3/cluster_pb.js';
import { ApiVersion, type ConfigSourceSchema } from '../gen/envoy/config/core/v3/config_source_pb.js';
import { type Listener, ListenerSchema } from '../gen/envoy/config/listener/v3/listener_pb.js';
import { type RouteConfiguration, RouteConfigurationSchema } from '../gen/envoy/config/route/v3/route_pb.js';
import { RouterSchema } from '../gen/envoy/extensions/filters/http/router/v3/router_pb.js';
import { HttpConnectionManagerSchema } from '../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import { HttpProtocolOptionsSchema } from '../gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.js';

/** "Over the same stream": the only source of further resources that gRPC clients take. */
const OVER_ADS: MessageInitShape<typeof ConfigSourceSchema> = {
  configSourceSpecifier: { case: 'ads', value: {} },
  resourceApiVersion: ApiVersion.V3,
};

/**
 * What a client asks for first (LDS), by the name that it dials. It leads to the target's routes; the router filter is the
 * only one and the last, as gRFC A39 demands.
 */
export function buildListener(name: string, route: string): Listener {
  const manager = create(HttpConnectionManagerSchema, {
    routeSpecifier: { case: 'rds', value: { configSource: OVER_ADS, routeConfigName: route } },
    httpFilters: [
      {
        name: 'router',
        configType: { case: 'typedConfig', value: anyPack(RouterSchema, create(RouterSchema)) },
      },
    ],
  });
  return create(ListenerSchema, {
    name,
    apiListener: { apiListener: anyPack(HttpConnectionManagerSchema, manager) },
  });
}

/**
 * The routes of one target (RDS): every call goes to its cluster, whatever its authority. One route configuration per
 * target, because Go, C-core and Java connect to every endpoint of every cluster that their route configuration names.
 */
export function buildRoute(name: string, cluster: string): RouteConfiguration {
  return create(RouteConfigurationSchema, {
    name,
    virtualHosts: [
      {
        name: cluster,
        domains: ['*'],
        routes: [
          {
            match: { pathSpecifier: { case: 'prefix', value: '' } },
            action: { case: 'route', value: { clusterSpecifier: { case: 'cluster', value: cluster } } },
          },
        ],
      },
    ],
  });
}

/** Says that endpoints speak HTTP/2: Envoy would speak HTTP/1.1 to them. Clients of gRPC know that, and do not look. */
const SPEAK_HTTP2 = create(HttpProtocolOptionsSchema, {
  upstreamProtocolOptions: {
    case: 'explicitHttpConfig',
    value: { protocolConfig: { case: 'http2ProtocolOptions', value: {} } },
  },
});

/**
 * How calls are spread over a target's endpoints (CDS): round robin by the old field and no `load_balancing_policy`, the
 * one form that Go, C-core, Java, Node, Rust and Envoy all accept.
 */
export function buildCluster(name: string): Cluster {
  return create(ClusterSchema, {
    name,
    clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.EDS },
    edsClusterConfig: { edsConfig: OVER_ADS, serviceName: name },
    lbPolicy: Cluster_LbPolicy.ROUND_ROBIN,
    typedExtensionProtocolOptions: {
      [HttpProtocolOptionsSchema.typeName]: anyPack(HttpProtocolOptionsSchema, SPEAK_HTTP2),
    },
  });
}
