export { type ChannelOptionsInput, channelOptions, type Keepalive, type Retry } from './channel-options.js';
export { ClientError, type ClientErrorCode } from './errors.js';
export type { GrpcModule, Policy, RegisterOptions } from './options.js';
export { peerAttributes } from './peer-attributes.js';
export { register } from './register.js';
export type { Meter, MeterProvider } from './telemetry.js';
