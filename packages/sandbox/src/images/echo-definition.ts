import type { MethodDefinition } from '@grpc/grpc-js';
import type { SayReply, SayRequest } from './echo-codec.js';
import { decodeSayReply, decodeSayRequest, encodeSayReply, encodeSayRequest } from './echo-codec.js';

export type { SayReply, SayRequest } from './echo-codec.js';

const messages = {
  requestSerialize: encodeSayRequest,
  requestDeserialize: decodeSayRequest,
  responseSerialize: encodeSayReply,
  responseDeserialize: decodeSayReply,
} as const;

/** The methods of `fairlead.echo.v1.Echo` (echo.proto), for a grpc-js server and for `makeClientConstructor`. */
// A type alias, not an interface: only an alias fits the index signature of grpc-js's ServiceDefinition.
type EchoDefinition = {
  readonly Say: MethodDefinition<SayRequest, SayReply>;
  readonly Stream: MethodDefinition<SayRequest, SayReply>;
};

/** `fairlead.echo.v1.Echo`: the service of the built-in image `fairlead/echo`. */
export const echoDefinition: EchoDefinition = {
  Say: { ...messages, path: '/fairlead.echo.v1.Echo/Say', requestStream: false, responseStream: false },
  Stream: { ...messages, path: '/fairlead.echo.v1.Echo/Stream', requestStream: true, responseStream: true },
};
