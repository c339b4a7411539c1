import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { MethodDefinition } from '@grpc/grpc-js';
import { loadSync, type MessageTypeDefinition, type PackageDefinition } from '@grpc/proto-loader';

// The protocol as grpc-js-xds ships it, so that what is read here owes nothing to the control plane's own messages.

/** `google.protobuf.Any`. */
interface Packed {
  readonly type_url: string;
  readonly value: Buffer;
}

/** What all requests have. */
interface AnyRequest {
  readonly type_url?: string;
  readonly response_nonce?: string;
  readonly node?: { readonly id: string };
  readonly error_detail?: { readonly message: string } | null;
}

/** `DiscoveryRequest`, cut to what is used. */
export interface SotwRequest extends AnyRequest {
  readonly version_info?: string;
  readonly resource_names?: readonly string[];
}

/** `DiscoveryResponse`, cut to what is used. */
export interface SotwResponse {
  readonly type_url: string;
  readonly version_info: string;
  readonly nonce: string;
  readonly resources: readonly Packed[];
}

/** `DeltaDiscoveryRequest`, cut to what is used. */
export interface DeltaRequest extends AnyRequest {
  readonly resource_names_subscribe?: readonly string[];
  readonly initial_resource_versions?: Readonly<Record<string, string>>;
}

/** `DeltaDiscoveryResponse`, cut to what is used. */
export interface DeltaResponse {
  readonly type_url: string;
  readonly nonce: string;
  readonly resources: readonly {
    readonly name: string;
    readonly version: string;
    readonly resource: Packed | null;
  }[];
  readonly removed_resources: readonly string[];
}

interface SocketAddress {
  readonly address: string;
  readonly port_value: number;
}

interface Assignment {
  readonly endpoints: readonly {
    readonly lb_endpoints: readonly {
      readonly endpoint: { readonly address: { readonly socket_address: SocketAddress } };
    }[];
  }[];
}

const type = (name: string): string => `type.googleapis.com/envoy.config.${name}`;

/** Type URLs in the order in which a client learns of them. */
export const TYPES = {
  listener: type('listener.v3.Listener'),
  route: type('route.v3.RouteConfiguration'),
  cluster: type('cluster.v3.Cluster'),
  endpoints: type('endpoint.v3.ClusterLoadAssignment'),
} as const;

function load(): PackageDefinition {
  const require = createRequire(import.meta.url);
  const shipped = join(dirname(require.resolve('@grpc/grpc-js-xds/package.json')), 'deps');
  const includeDirs = ['envoy-api', 'xds', 'googleapis', 'protoc-gen-validate'].map((name) =>
    join(shipped, name),
  );
  const files = ['envoy/service/discovery/v3/ads.proto', 'envoy/config/endpoint/v3/endpoint.proto'];
  return loadSync(files, { keepCase: true, defaults: true, longs: String, includeDirs });
}

const definitions = load();
const service = definitions['envoy.service.discovery.v3.AggregatedDiscoveryService'] as unknown as {
  readonly StreamAggregatedResources: MethodDefinition<SotwRequest, SotwResponse>;
  readonly DeltaAggregatedResources: MethodDefinition<DeltaRequest, DeltaResponse>;
};
const assignment = definitions['envoy.config.endpoint.v3.ClusterLoadAssignment'] as MessageTypeDefinition<
  Assignment,
  Assignment
>;

/** State of the world. */
export const SOTW = service.StreamAggregatedResources;
export const DELTA = service.DeltaAggregatedResources;

/** `ip:port` of all endpoints of a `ClusterLoadAssignment`, sorted. */
export function endpointsIn({ value }: Packed): string[] {
  return assignment
    .deserialize(value)
    .endpoints.flatMap(({ lb_endpoints }) => lb_endpoints)
    .map(({ endpoint }) => endpoint.address.socket_address)
    .map(({ address, port_value }) => `${address}:${port_value}`)
    .sort();
}
