export { type ChannelOptionsInput, channelOptions, type Keepalive, type Retry } from './channel-options.js';
export { ClientError, type ClientErrorCode } from './errors.js';
export {
  type InspectionRequest,
  type InspectionResponse,
  inspectChannels,
  inspectionHandler,
} from './inspection/inspect-channels.js';
export type {
  ChannelEndpoint,
  ChannelInspection,
  ChannelsInspection,
  EndpointSetInspection,
  PolicyInspection,
} from './inspection/inspection.js';
// For tools that tell where clients of this process would run.
export { type ProcessLocation, processLocation } from './location/location.js';
export { ZONE_LABEL } from './location/pod-labels.js';
export type { GrpcModule, Policy, RegisterOptions } from './options.js';
// For libraries and tools that dial with grpc-js: what its proxy variables do to a target.
export { type ProxyEnv, type ProxyHit, proxyFor } from './registration/proxy.js';
export { register } from './registration/register.js';
export { callKinds } from './streams/call-kinds.js';
export { onImbalance } from './streams/on-imbalance.js';
export type { Imbalance, ImbalanceHandler } from './streams/stream-call.js';
export type { Meter, MeterProvider } from './telemetry/api.js';
export { peerAttributes } from './telemetry/peer-attributes.js';
