import type { ResourceType } from '@fairlead/control-plane';
import { eachField, field } from './protobuf.js';

/** State of the world, or incremental. */
export type Protocol = 'sotw' | 'delta';

const SERVICE = '/envoy.service.discovery.v3.AggregatedDiscoveryService';
/** Path of each protocol's method. */
export const PATHS: Readonly<Record<Protocol, string>> = {
  sotw: `${SERVICE}/StreamAggregatedResources`,
  delta: `${SERVICE}/DeltaAggregatedResources`,
};

const TYPE_URLS: Readonly<Record<ResourceType, string>> = {
  listener: 'type.googleapis.com/envoy.config.listener.v3.Listener',
  route: 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration',
  cluster: 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
  endpoints: 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment',
};
/** In the order in which a gRPC client asks for them: each names the next. */
export const RESOURCE_TYPES: readonly ResourceType[] = ['listener', 'route', 'cluster', 'endpoints'];
const typeOfUrl: ReadonlyMap<string, ResourceType> = new Map(
  RESOURCE_TYPES.map((type) => [TYPE_URLS[type], type]),
);

/** Where each protocol has the fields of a request. */
const FIELDS = {
  sotw: { version: 1, node: 2, names: 3, type: 4, nonce: 5 },
  delta: { node: 1, type: 2, names: 3, nonce: 6 },
} as const;
/** `envoy.config.core.v3.Node { id = 1; user_agent_name = 6; }`. */
const NODE_ID = 1;
const NODE_AGENT = 6;

/** Of gRPC's frame: one byte of flags, four of length. */
const HEADER_BYTES = 5;

/** A message with gRPC's header. */
export function framed(message: Uint8Array): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
}

/** What a client says of one type on its stream, as messages with gRPC's header. */
export interface Requests {
  /** The first one. `node`: who the client is, which only the first request of a stream says. */
  first(node?: string): Buffer;
  /** Takes over a response. */
  accept(response: Pick<Response, 'version' | 'nonce'>): Buffer;
}

/** The requests of a client that wants these names of a type: state of the world repeats them, incremental does not. */
export function requestsOf(protocol: Protocol, type: ResourceType, names: readonly string[]): Requests {
  const fields = FIELDS[protocol];
  const typeField = field(fields.type, TYPE_URLS[type]);
  const wanted = Buffer.concat(names.map((name) => field(fields.names, name)));
  return {
    first(id) {
      if (id === undefined) return framed(Buffer.concat([wanted, typeField]));
      const node = Buffer.concat([field(NODE_ID, id), field(NODE_AGENT, 'fairlead bench')]);
      return framed(Buffer.concat([field(fields.node, node), wanted, typeField]));
    },
    accept({ version, nonce }) {
      const nonceField = field(fields.nonce, nonce);
      if (protocol === 'delta') return framed(Buffer.concat([typeField, nonceField]));
      return framed(Buffer.concat([field(FIELDS.sotw.version, version), wanted, typeField, nonceField]));
    },
  };
}

/** A response of either protocol. */
export interface Response {
  readonly type: ResourceType;
  readonly version: string;
  readonly nonce: string;
  /** As the protocol wraps them. */
  readonly resources: readonly Buffer[];
}

/** Reads `DiscoveryResponse` or `DeltaDiscoveryResponse`, which have these fields in the same places. */
export function readResponse(message: Buffer): Response {
  let [version, url, nonce] = ['', '', ''];
  const resources: Buffer[] = [];
  eachField(message, (number, value) => {
    if (number === 1) version = value.toString('latin1');
    else if (number === 2) resources.push(value);
    else if (number === 4) url = value.toString('latin1');
    else if (number === 5) nonce = value.toString('latin1');
  });
  const type = typeOfUrl.get(url);
  if (type === undefined) throw new Error(`a response of type "${url}" was not asked for`);
  return { type, version, nonce, resources };
}

function fieldOf(message: Buffer, wanted: number): Buffer {
  let found: Buffer | undefined;
  eachField(message, (number, value) => {
    if (number === wanted) found = value;
  });
  if (found === undefined) throw new Error(`a message has no field ${wanted}`);
  return found;
}

/** A resource of a response without what is around it: `Any.value`, in delta that of `Resource.resource`. */
export function unwrap(protocol: Protocol, resource: Buffer): Buffer {
  return fieldOf(protocol === 'sotw' ? resource : fieldOf(resource, 2), 2);
}

/** The name of an unwrapped resource, which is field 1 of all four types. */
export function nameOf(resource: Buffer): string {
  return fieldOf(resource, 1).toString('latin1');
}

const IPV4 = /\d+\.\d+\.\d+\.\d+/g;

/** The IPv4 addresses of endpoints. What stands around them in the bytes is never a digit. */
export function addressesOf(assignment: Buffer): string[] {
  return assignment.toString('latin1').match(IPV4) ?? [];
}

/** Cuts a stream of bytes into messages. Calls back with each whole one, without gRPC's header. */
export function messageReader(onMessage: (message: Buffer) => void): (chunk: Buffer) => void {
  let held: Buffer[] = [];
  let length = 0;
  return (chunk) => {
    held.push(chunk);
    length += chunk.length;
    while (length >= HEADER_BYTES) {
      const [first = chunk] = held.length === 1 ? held : [Buffer.concat(held)];
      held = [first];
      const end = HEADER_BYTES + first.readUInt32BE(1);
      if (length < end) return;
      held = length === end ? [] : [first.subarray(end)];
      length -= end;
      onMessage(first.subarray(HEADER_BYTES, end));
    }
  };
}
