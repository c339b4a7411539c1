import { fromBinary } from '@bufbuild/protobuf';
import { NodeSchema } from '../gen/envoy/config/core/v3/base_pb.js';
import { StatusSchema } from '../gen/google/rpc/status_pb.js';
import { resourceTypeOf } from '../resource-type.js';
import { FieldReader } from '../wire.js';
import { type ClientNode, readNode } from './client-node.js';
import type { DeltaRequest } from './delta-session.js';
import type { SotwRequest } from './sotw-session.js';

/** A request that was read; `request` is undefined when it asks for a type that is not served. */
export interface ReadRequest<Request> {
  /** Who asks. It is read when somebody looks: clients repeat it, and only the first one counts. */
  node(): ClientNode;
  readonly request: Request | undefined;
}

/** The bytes are no request. A value, because what throws while a message is read ends a stream without a word. */
export const UNREADABLE = 'unreadable';

/** The text of a refusal. It is its presence that counts, not the text. */
function errorOf(bytes: Uint8Array): string {
  const { code, message } = fromBinary(StatusSchema, bytes);
  return message || `status ${code}`;
}

function nodeReader(bytes: Uint8Array | undefined): () => ClientNode {
  return () => {
    try {
      return readNode(bytes === undefined ? undefined : fromBinary(NodeSchema, bytes));
    } catch {
      return readNode(undefined);
    }
  };
}

function readable<T>(read: () => T): T | typeof UNREADABLE {
  try {
    return read();
  } catch {
    return UNREADABLE;
  }
}

/** `DiscoveryRequest { node = 2; resource_names = 3; type_url = 4; response_nonce = 5; error_detail = 6; }`. */
function readSotw(bytes: Buffer): ReadRequest<SotwRequest> {
  const reader = new FieldReader(bytes);
  const names: string[] = [];
  let node: Buffer | undefined;
  let typeUrl = '';
  let nonce = '';
  let error: string | undefined;
  for (let number = reader.next(); number !== 0; number = reader.next()) {
    if (number === 2) node = reader.bytes();
    else if (number === 3) names.push(reader.text());
    else if (number === 4) typeUrl = reader.text();
    else if (number === 5) nonce = reader.text();
    else if (number === 6) error = errorOf(reader.bytes());
    else reader.skip();
  }
  const type = resourceTypeOf(typeUrl);
  return { node: nodeReader(node), request: type && { type, names, nonce, error } };
}

/** Reads a request of the state-of-the-world protocol. Never throws. */
export function readSotwRequest(bytes: Buffer): ReadRequest<SotwRequest> | typeof UNREADABLE {
  return readable(() => readSotw(bytes));
}

/** An entry of a map of texts: `{ string key = 1; string value = 2; }`. */
function readEntry(bytes: Buffer): [key: string, value: string] {
  const reader = new FieldReader(bytes);
  const entry: [string, string] = ['', ''];
  for (let number = reader.next(); number !== 0; number = reader.next()) {
    if (number === 1 || number === 2) entry[number - 1] = reader.text();
    else reader.skip();
  }
  return entry;
}

/**
 * `DeltaDiscoveryRequest { node = 1; type_url = 2; resource_names_subscribe = 3; resource_names_unsubscribe = 4;
 * map<string, string> initial_resource_versions = 5; response_nonce = 6; error_detail = 7; }`.
 */
function readDelta(bytes: Buffer): ReadRequest<DeltaRequest> {
  const reader = new FieldReader(bytes);
  const subscribe: string[] = [];
  const unsubscribe: string[] = [];
  const initialVersions = new Map<string, string>();
  let node: Buffer | undefined;
  let typeUrl = '';
  let nonce = '';
  let error: string | undefined;
  for (let number = reader.next(); number !== 0; number = reader.next()) {
    if (number === 1) node = reader.bytes();
    else if (number === 2) typeUrl = reader.text();
    else if (number === 3) subscribe.push(reader.text());
    else if (number === 4) unsubscribe.push(reader.text());
    else if (number === 5) initialVersions.set(...readEntry(reader.bytes()));
    else if (number === 6) nonce = reader.text();
    else if (number === 7) error = errorOf(reader.bytes());
    else reader.skip();
  }
  const type = resourceTypeOf(typeUrl);
  const request = type && { type, subscribe, unsubscribe, initialVersions, nonce, error };
  return { node: nodeReader(node), request };
}

/** Reads a request of the incremental protocol. Never throws. */
export function readDeltaRequest(bytes: Buffer): ReadRequest<DeltaRequest> | typeof UNREADABLE {
  return readable(() => readDelta(bytes));
}
