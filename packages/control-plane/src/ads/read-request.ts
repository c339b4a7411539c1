import { fromBinary } from '@bufbuild/protobuf';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { NodeSchema } from '../gen/envoy/config/core/v3/base_pb.js';
import { StatusSchema } from '../gen/google/rpc/status_pb.js';
import { resourceTypeOf } from '../resource-type.js';
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

/**
 * Calls back with the number of each field that holds bytes; the callback reads it, or returns false. By hand, because
 * every change is answered by every client with one of these messages: reading them is a good part of what a push costs.
 */
function readFields(bytes: Uint8Array, onField: (number: number, reader: BinaryReader) => boolean): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (wireType !== 2 || !onField(number, reader)) reader.skip(wireType, number);
  }
}

function readable<T>(read: () => T): T | typeof UNREADABLE {
  try {
    return read();
  } catch {
    return UNREADABLE;
  }
}

interface SotwFields {
  node?: Uint8Array;
  readonly names: string[];
  typeUrl: string;
  nonce: string;
  error?: string;
}

/** `DiscoveryRequest { node = 2; resource_names = 3; type_url = 4; response_nonce = 5; error_detail = 6; }`. */
function readSotwField(fields: SotwFields, number: number, reader: BinaryReader): boolean {
  if (number === 2) fields.node = reader.bytes();
  else if (number === 3) fields.names.push(reader.string());
  else if (number === 4) fields.typeUrl = reader.string();
  else if (number === 5) fields.nonce = reader.string();
  else if (number === 6) fields.error = errorOf(reader.bytes());
  else return false;
  return true;
}

/** Reads a request of the state-of-the-world protocol. Never throws. */
export function readSotwRequest(bytes: Uint8Array): ReadRequest<SotwRequest> | typeof UNREADABLE {
  return readable(() => {
    const fields: SotwFields = { names: [], typeUrl: '', nonce: '' };
    readFields(bytes, (number, reader) => readSotwField(fields, number, reader));
    const { names, nonce, error } = fields;
    const type = resourceTypeOf(fields.typeUrl);
    const request = type === undefined ? undefined : { type, names, nonce, error };
    return { node: nodeReader(fields.node), request };
  });
}

interface DeltaFields {
  node?: Uint8Array;
  typeUrl: string;
  readonly subscribe: string[];
  readonly unsubscribe: string[];
  readonly initialVersions: Map<string, string>;
  nonce: string;
  error?: string;
}

/** An entry of a map of texts: `{ string key = 1; string value = 2; }`. */
function readEntry(bytes: Uint8Array): [key: string, value: string] {
  const entry: [string, string] = ['', ''];
  readFields(bytes, (number, reader) => {
    if (number !== 1 && number !== 2) return false;
    entry[number - 1] = reader.string();
    return true;
  });
  return entry;
}

/**
 * `DeltaDiscoveryRequest { node = 1; type_url = 2; resource_names_subscribe = 3; resource_names_unsubscribe = 4;
 * map<string, string> initial_resource_versions = 5; response_nonce = 6; error_detail = 7; }`.
 */
function readDeltaField(fields: DeltaFields, number: number, reader: BinaryReader): boolean {
  if (number === 1) fields.node = reader.bytes();
  else if (number === 2) fields.typeUrl = reader.string();
  else if (number === 3) fields.subscribe.push(reader.string());
  else if (number === 4) fields.unsubscribe.push(reader.string());
  else if (number === 5) fields.initialVersions.set(...readEntry(reader.bytes()));
  else if (number === 6) fields.nonce = reader.string();
  else if (number === 7) fields.error = errorOf(reader.bytes());
  else return false;
  return true;
}

/** Reads a request of the incremental protocol. Never throws. */
export function readDeltaRequest(bytes: Uint8Array): ReadRequest<DeltaRequest> | typeof UNREADABLE {
  return readable(() => {
    const fields: DeltaFields = {
      typeUrl: '',
      subscribe: [],
      unsubscribe: [],
      initialVersions: new Map(),
      nonce: '',
    };
    readFields(bytes, (number, reader) => readDeltaField(fields, number, reader));
    const { node, typeUrl, ...rest } = fields;
    const type = resourceTypeOf(typeUrl);
    return { node: nodeReader(node), request: type === undefined ? undefined : { type, ...rest } };
  });
}
