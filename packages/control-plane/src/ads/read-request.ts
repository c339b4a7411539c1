import { fromBinary } from '@bufbuild/protobuf';
import {
  DeltaDiscoveryRequestSchema,
  type DiscoveryRequest,
  DiscoveryRequestSchema,
} from '../gen/envoy/service/discovery/v3/discovery_pb.js';
import { resourceTypeOf } from '../resource-type.js';
import { type ClientNode, readNode } from './client-node.js';
import type { DeltaRequest } from './delta-session.js';
import type { SotwRequest } from './sotw-session.js';

/** A request that was read; `request` is undefined when it asks for a type that is not served. */
export interface ReadRequest<Request> {
  readonly node: ClientNode;
  readonly request: Request | undefined;
}

/** The bytes are no request. A value, because what throws while a message is read ends a stream without a word. */
export const UNREADABLE = 'unreadable';

type Detail = DiscoveryRequest['errorDetail'];

/** The text of a refusal; undefined when nothing is refused. It is the presence that counts, not the text. */
function errorOf(detail: Detail): string | undefined {
  return detail === undefined ? undefined : detail.message || `status ${detail.code}`;
}

function readable<T>(read: () => T): T | typeof UNREADABLE {
  try {
    return read();
  } catch {
    return UNREADABLE;
  }
}

/** Reads a request of the state-of-the-world protocol. Never throws. */
export function readSotwRequest(bytes: Uint8Array): ReadRequest<SotwRequest> | typeof UNREADABLE {
  return readable(() => {
    const message = fromBinary(DiscoveryRequestSchema, bytes);
    const type = resourceTypeOf(message.typeUrl);
    const { resourceNames: names, responseNonce: nonce, errorDetail } = message;
    const request = type === undefined ? undefined : { type, names, nonce, error: errorOf(errorDetail) };
    return { node: readNode(message.node), request };
  });
}

/** Reads a request of the incremental protocol. Never throws. */
export function readDeltaRequest(bytes: Uint8Array): ReadRequest<DeltaRequest> | typeof UNREADABLE {
  return readable(() => {
    const message = fromBinary(DeltaDiscoveryRequestSchema, bytes);
    const type = resourceTypeOf(message.typeUrl);
    const node = readNode(message.node);
    if (type === undefined) return { node, request: undefined };
    const request: DeltaRequest = {
      type,
      subscribe: message.resourceNamesSubscribe,
      unsubscribe: message.resourceNamesUnsubscribe,
      initialVersions: message.initialResourceVersions,
      nonce: message.responseNonce,
      error: errorOf(message.errorDetail),
    };
    return { node, request };
  });
}
