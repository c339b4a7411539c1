import * as grpcjs from '@grpc/grpc-js';

/**
 * The grpc-js module as a value. Nothing else in this package imports grpc-js: every class is built from a module
 * that is handed in, because an application may have loaded several copies, each with registries of its own.
 */
export type Grpc = typeof grpcjs;

/** The copy of grpc-js that this package resolves to. */
export const ownGrpc: Grpc = grpcjs;

export type CallOptions = grpcjs.CallOptions;
export type ChannelControlHelper = grpcjs.experimental.ChannelControlHelper;
export type ChannelOptions = grpcjs.ChannelOptions;
export type ConnectivityState = grpcjs.connectivityState;
export type GrpcEndpoint = grpcjs.experimental.Endpoint;
export type GrpcUri = grpcjs.experimental.GrpcUri;
export type Interceptor = grpcjs.Interceptor;
export type InterceptorOptions = grpcjs.InterceptorOptions;
export type LeafLoadBalancer = grpcjs.experimental.LeafLoadBalancer;
export type LoadBalancer = grpcjs.experimental.LoadBalancer;
export type LoadBalancingConfig = grpcjs.LoadBalancingConfig;
export type Metadata = grpcjs.Metadata;
export type MetadataOptions = grpcjs.MetadataOptions;
export type MethodConfig = grpcjs.MethodConfig;
export type Picker = grpcjs.experimental.Picker;
export type PickArgs = grpcjs.experimental.PickArgs;
export type PickResult = grpcjs.experimental.PickResult;
export type Resolver = grpcjs.experimental.Resolver;
export type ResolverListener = grpcjs.experimental.ResolverListener;
export type ServiceConfig = grpcjs.ServiceConfig;
export type StatusOr<T> = grpcjs.experimental.StatusOr<T>;
export type SubchannelInterface = grpcjs.experimental.SubchannelInterface;
export type TypedLoadBalancingConfig = grpcjs.experimental.TypedLoadBalancingConfig;

/** What the plug-in uses of `grpc.experimental`; a copy that lacks one of them cannot carry it. */
const NEEDED_EXPERIMENTAL = [
  'registerResolver',
  'registerLoadBalancerType',
  'isLoadBalancerNameRegistered',
  'parseLoadBalancingConfig',
  'LeafLoadBalancer',
  'QueuePicker',
  'PickResultType',
  'statusOrFromValue',
  'statusOrFromError',
  'uriToString',
  'parseDuration',
  'SUBCHANNEL_ARGS_EXCLUDE_KEY_PREFIX',
  'createResolver',
] as const;
const NEEDED = ['Metadata', 'status', 'connectivityState', 'InterceptingCall'] as const;

/** Names what a module lacks of grpc-js ~1.14; empty for a fit copy. */
export function missingAbilities(module: unknown): string[] {
  const read = (holder: unknown, name: string): unknown =>
    typeof holder === 'object' && holder !== null ? Reflect.get(holder, name) : undefined;
  const experimental = read(module, 'experimental');
  return [
    ...NEEDED.filter((name) => read(module, name) === undefined),
    ...NEEDED_EXPERIMENTAL.filter((name) => read(experimental, name) === undefined).map(
      (name) => `experimental.${name}`,
    ),
  ];
}

/** Tells whether a module is a grpc-js that can carry the plug-in. */
export function isFitGrpc(module: unknown): module is Grpc {
  return missingAbilities(module).length === 0;
}
