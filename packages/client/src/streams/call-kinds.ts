import { type Interceptor, type InterceptorOptions, ownGrpc } from '../grpc.js';
import { markMetadata, markOf, StreamCall } from './stream-call.js';

function isStream({ method_definition: { requestStream, responseStream } }: InterceptorOptions): boolean {
  return requestStream || responseStream;
}

const tellKind: Interceptor = (options, nextCall) => {
  const call = nextCall(options);
  // A unary call passes as it is, which costs it nothing; clients use what is common to both types.
  if (!isStream(options)) return call as InstanceType<typeof ownGrpc.InterceptingCall>;
  const mark = markOf(options);
  if (mark !== undefined) mark.seen = true;
  const stream = new StreamCall(mark?.handler ?? null);
  return new ownGrpc.InterceptingCall(call, {
    start: (metadata, listener, next) => next(markMetadata(metadata, stream), listener),
  });
};

/**
 * The client interceptor that tells the balancer which calls are streams: grpc-js tells it nothing of the method.
 * `channelOptions()` has it. Without it every call counts as unary, and `onImbalance()` is not heard.
 */
export function callKinds(): Interceptor {
  return tellKind;
}
