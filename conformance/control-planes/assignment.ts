import { eachField, field } from '#benchmarks/control-plane/protobuf.js';
import { nameOf, unwrap } from '#benchmarks/control-plane/wire.js';

/** What is read of a `ClusterLoadAssignment`. */
export interface Assignment {
  readonly name: string;
  /** Addresses of its endpoints, in order. */
  readonly hosts: readonly string[];
}

/** The fields of these messages that have this number. */
function inside(messages: readonly Buffer[], wanted: number): Buffer[] {
  const found: Buffer[] = [];
  for (const message of messages)
    eachField(message, (number, value) => {
      if (number === wanted) found.push(value);
    });
  return found;
}

/**
 * Reads a resource of a response, state of the world: `ClusterLoadAssignment { cluster_name = 1; endpoints = 2 {
 * lb_endpoints = 2 { endpoint = 1 { address = 1 { socket_address = 1 { address = 2; } } } } } }`.
 */
export function readAssignment(resource: Buffer): Assignment {
  const message = unwrap('sotw', resource);
  const path = [2, 2, 1, 1, 1, 2];
  return {
    name: nameOf(message),
    hosts: path.reduce(inside, [message]).map((host) => host.toString('latin1')),
  };
}

/** An address as it stands in a response: with its length before it, so that none is the beginning of another. */
export const addressField = (host: string): Buffer => field(2, host);
