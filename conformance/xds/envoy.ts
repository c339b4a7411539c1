import type { Shown, ShownToken } from './identities.js';

/** What Envoy is told at its start. */
export interface EnvoyOptions {
  readonly protocol: 'sotw' | 'delta';
  /** Port of the control plane. */
  readonly server: number;
  /** What it shows to the control plane, which has TLS then, and how its log calls it. */
  readonly shown?: Shown | undefined;
  readonly nodeId: string;
  /** Port that Envoy listens on. */
  readonly listen: number;
  /** Names of the endpoints, as clients dial them. */
  readonly services: readonly string[];
  /** Clusters come from the control plane, and calls say by their authority which they mean; else it has one by itself. */
  readonly published: boolean;
  /** It checks the health of endpoints by itself, and tries a call that no endpoint took at the next priority. */
  readonly looks: boolean;
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
const PREVIOUS_PRIORITIES =
  'type.googleapis.com/envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig';
const TLS = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext';

/** A connection that was refused has taken no call, so that another priority may have it. */
const RETRIES = {
  retry_on: 'connect-failure,refused-stream,unavailable',
  num_retries: 3,
  retry_priority: {
    name: 'envoy.retry_priorities.previous_priorities',
    typed_config: { '@type': PREVIOUS_PRIORITIES, update_frequency: 1 },
  },
};

/** gRPC's own health check, as a kubelet makes it. */
const HEALTH_CHECK = {
  ...{ timeout: '1s', interval: '1s', no_traffic_interval: '1s' },
  ...{ unhealthy_threshold: 1, healthy_threshold: 1, grpc_health_check: {} },
};

const host = (domain: string, cluster: string, looks: boolean): object => ({
  name: domain,
  domains: [domain],
  routes: [
    { match: { prefix: '/' }, route: { cluster, timeout: '0s', ...(looks && { retry_policy: RETRIES }) } },
  ],
});

/** Routes to clusters that the control plane will send must not be refused because they are not there yet. */
const routes = ({ services, published, looks }: EnvoyOptions): object =>
  published
    ? { validate_clusters: false, virtual_hosts: services.map((name) => host(name, name, looks)) }
    : { virtual_hosts: [host('*', 'pods', looks)] };

const listener = (options: EnvoyOptions): object => ({
  name: 'calls',
  ...address(options.listen),
  filter_chains: [
    {
      filters: [
        {
          name: 'http',
          typed_config: {
            '@type': MANAGER,
            stat_prefix: 'calls',
            codec_type: 'HTTP2',
            route_config: routes(options),
            http_filters: [{ name: 'router', typed_config: { '@type': ROUTER } }],
          },
        },
      ],
    },
  ],
});

/** TLS to the control plane, with a certificate of its own if that is what it shows. */
function transportSocket(shown: Shown): object {
  const files = shown.kind === 'certificate' ? [shown.files] : [];
  const validation = {
    trusted_ca: { filename: shown.ca },
    match_typed_subject_alt_names: [{ san_type: 'IP_ADDRESS', matcher: { exact: '127.0.0.1' } }],
  };
  const pairs = files.map(({ certFile, keyFile }) => ({
    ...{ certificate_chain: { filename: certFile }, private_key: { filename: keyFile } },
  }));
  const common = { validation_context: validation, tls_certificates: pairs };
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: { '@type': TLS, common_tls_context: common },
  };
}

const controlPlane = ({ server, shown }: EnvoyOptions): object => ({
  ...{ name: 'control-plane', type: 'STATIC', connect_timeout: '1s' },
  typed_extension_protocol_options: HTTP2,
  ...(shown && { transport_socket: transportSocket(shown) }),
  load_assignment: {
    cluster_name: 'control-plane',
    endpoints: [{ lb_endpoints: [{ endpoint: address(server) }] }],
  },
});

const pods = ({ services: [service], looks }: EnvoyOptions): object => ({
  ...{ name: 'pods', type: 'EDS', connect_timeout: '1s' },
  typed_extension_protocol_options: HTTP2,
  ...(looks && { health_checks: [HEALTH_CHECK] }),
  eds_cluster_config: { service_name: service, eds_config: { resource_api_version: 'V3', ads: {} } },
});

const FROM_FILE = 'envoy.grpc_credentials.file_based_metadata';
const FILE_BASED = 'type.googleapis.com/envoy.config.grpc_credential.v3.FileBasedMetadataConfig';

/** A token is read from its file for each stream by Envoy's other gRPC client, which needs no cluster. */
const withToken = ({ server }: EnvoyOptions, { ca, file }: ShownToken): object => ({
  google_grpc: {
    ...{ target_uri: `127.0.0.1:${server}`, stat_prefix: 'control-plane' },
    channel_credentials: { ssl_credentials: { root_certs: { filename: ca } } },
    credentials_factory_name: FROM_FILE,
    call_credentials: [
      {
        from_plugin: {
          name: FROM_FILE,
          typed_config: {
            '@type': FILE_BASED,
            ...{ secret_data: { filename: file }, header_key: 'authorization', header_prefix: 'Bearer ' },
          },
        },
      },
    ],
  },
});

/**
 * The bootstrap of an Envoy that has its listener by itself and the endpoints from the control plane, as somebody has who
 * puts Envoy beside an application that cannot speak xDS.
 */
export function envoyBootstrap(options: EnvoyOptions): object {
  const { protocol, shown, nodeId, published } = options;
  const ads = {
    api_type: protocol === 'sotw' ? 'GRPC' : 'DELTA_GRPC',
    transport_api_version: 'V3',
    grpc_services: [
      shown?.kind === 'token' ? withToken(options, shown) : { envoy_grpc: { cluster_name: 'control-plane' } },
    ],
  };
  return {
    node: { id: nodeId, cluster: 'conformance' },
    dynamic_resources: {
      ads_config: ads,
      ...(published && { cds_config: { resource_api_version: 'V3', ads: {} } }),
    },
    static_resources: {
      listeners: [listener(options)],
      clusters: [
        ...(shown?.kind === 'token' ? [] : [controlPlane(options)]),
        ...(published ? [] : [pods(options)]),
      ],
    },
  };
}
