import { type Interceptor, type Metadata, ownGrpc } from '../grpc.js';
import { currentRuntime } from '../registration/register.js';
import { loadTelemetryApi, type Span, type TelemetryApi } from './api.js';

const PEER = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/;

/** Writes which endpoint answered on a span. Without a connection `getPeer()` is the target, which is no peer. */
function describe(span: Span, peer: string): void {
  const match = PEER.exec(peer);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || match === null) return;
  span.setAttribute('network.peer.address', host);
  span.setAttribute('network.peer.port', Number(match[3]));
  const candidate = currentRuntime()?.peers.get(peer);
  if (candidate?.pod !== undefined) span.setAttribute('k8s.pod.name', candidate.pod);
  if (candidate?.zone !== undefined) span.setAttribute('cloud.availability_zone', candidate.zone);
}

/** Parts that tests replace. */
export interface PeerAttributesInternals {
  readonly api?: TelemetryApi | null;
}

/** As peerAttributes(), with the OpenTelemetry API handed in. */
export function peerAttributesWith({ api = loadTelemetryApi() }: PeerAttributesInternals): Interceptor {
  return (options, nextCall) => {
    const call = nextCall(options);
    const span = api?.trace.getActiveSpan();
    if (span === undefined) return new ownGrpc.InterceptingCall(call);
    let known = false;
    const learn = (): void => {
      const peer = call.getPeer();
      if (known || !PEER.test(peer)) return;
      known = true;
      describe(span, peer);
    };
    return new ownGrpc.InterceptingCall(call, {
      start: (metadata, _listener, next) => {
        next(metadata, {
          onReceiveMetadata: (received: Metadata, forward) => {
            learn();
            forward(received);
          },
          onReceiveStatus: (status, forward) => {
            // An answer of trailers only has no metadata before.
            learn();
            forward(status);
          },
        });
      },
    });
  };
}

/**
 * Makes a client interceptor that writes on the active span which pod answered: `network.peer.address`,
 * `network.peer.port`, and for our targets `k8s.pod.name` and `cloud.availability_zone`. Does nothing when the
 * application has no `@opentelemetry/api` or no span is active. The balancer could not do it: a pick that waited has
 * the async context of whoever brought the endpoints.
 */
export function peerAttributes(): Interceptor {
  return peerAttributesWith({});
}
