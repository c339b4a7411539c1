/** What Envoy is told at its start. */
export interface EnvoyOptions {
  readonly protocol: 'sotw' | 'delta';
  /** Port of the control plane. */
  readonly server: number;
  /** Port that Envoy listens on. */
  readonly listen: number;
  /** Name of the endpoints, as clients dial it. */
  readonly service: string;
}

const HTTP2 = {
  'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
    '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
    explicit_http_config: { http2_protocol_options: {} },
  },
};

const address = (port: number): object => ({
  address: { socket_address: { address: '127.0.0.1', port_value: port } },
});

const MANAGER =
  'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
const ROUTER = 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router';

const listener = (port: number): object => ({
  name: 'calls',
  ...address(port),
  filter_chains: [
    {
      filters: [
        {
          name: 'http',
          typed_config: {
            '@type': MANAGER,
            stat_prefix: 'calls',
            codec_type: 'HTTP2',
            route_config: {
              virtual_hosts: [
                {
                  name: 'all',
                  domains: ['*'],
                  routes: [{ match: { prefix: '/' }, route: { cluster: 'pods', timeout: '0s' } }],
                },
              ],
            },
            http_filters: [{ name: 'router', typed_config: { '@type': ROUTER } }],
          },
        },
      ],
    },
  ],
});

/**
 * The bootstrap of an Envoy that has its listener and cluster by itself and the endpoints from the control plane, as
 * somebody has who puts Envoy beside an application that cannot speak xDS.
 */
export function envoyBootstrap({ protocol, server, listen, service }: EnvoyOptions): object {
  const ads = {
    api_type: protocol === 'sotw' ? 'GRPC' : 'DELTA_GRPC',
    transport_api_version: 'V3',
    grpc_services: [{ envoy_grpc: { cluster_name: 'control-plane' } }],
  };
  const controlPlane = {
    name: 'control-plane',
    type: 'STATIC',
    connect_timeout: '1s',
    typed_extension_protocol_options: HTTP2,
    load_assignment: {
      cluster_name: 'control-plane',
      endpoints: [{ lb_endpoints: [{ endpoint: address(server) }] }],
    },
  };
  const pods = {
    name: 'pods',
    type: 'EDS',
    connect_timeout: '1s',
    typed_extension_protocol_options: HTTP2,
    eds_cluster_config: { service_name: service, eds_config: { resource_api_version: 'V3', ads: {} } },
  };
  return {
    node: { id: `envoy-${protocol}`, cluster: 'conformance' },
    dynamic_resources: { ads_config: ads },
    static_resources: { listeners: [listener(listen)], clusters: [controlPlane, pods] },
  };
}
