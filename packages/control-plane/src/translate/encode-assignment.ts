import type { Address } from '@fairlead/discovery';
import { lengthField, numberField, textField } from '../wire.js';
import type { AssignedEndpoint, Assignment, LocalityEndpoints } from './assignment.js';

/** `HealthStatus.HEALTHY`. */
const HEALTHY = 1;

/** `Address { SocketAddress socket_address = 1 { string address = 2; uint32 port_value = 3; } }`. */
function encodeAddress({ host, port }: Address): Buffer {
  return lengthField(1, textField(2, host), numberField(3, port));
}

/**
 * `LbEndpoint { Endpoint endpoint = 1 { Address address = 1; repeated AdditionalAddress additional_addresses = 4; };
 * HealthStatus health_status = 2; }` as field 2 of its locality. The other IP family of a pod is an additional address
 * (gRFC A61); clients that do not know it dial the first.
 */
function encodeEndpoint({ addresses: [first, ...others] }: AssignedEndpoint): Buffer {
  const more = others.map((address) => lengthField(4, lengthField(1, encodeAddress(address))));
  const endpoint = lengthField(1, lengthField(1, encodeAddress(first as Address)), ...more);
  return lengthField(2, endpoint, numberField(2, HEALTHY));
}

/** Endpoints that did not change are the same objects in the next set. */
const encoded = new WeakMap<AssignedEndpoint, Buffer>();

function endpointBytes(endpoint: AssignedEndpoint): Buffer {
  let bytes = encoded.get(endpoint);
  if (bytes === undefined) {
    bytes = encodeEndpoint(endpoint);
    encoded.set(endpoint, bytes);
  }
  return bytes;
}

/**
 * `LocalityLbEndpoints { Locality locality = 1 { string zone = 2; }; repeated LbEndpoint lb_endpoints = 2; UInt32Value
 * load_balancing_weight = 3; uint32 priority = 5; }` as field 2 of the assignment. The locality is there even if it is
 * empty: Go, C-core and Node refuse one that is not set.
 */
function encodeLocality({ zone, priority, weight, endpoints }: LocalityEndpoints): Buffer {
  return lengthField(
    2,
    lengthField(1, textField(2, zone)),
    ...endpoints.map(endpointBytes),
    lengthField(3, numberField(1, weight)),
    ...(priority === 0 ? [] : [numberField(5, priority)]),
  );
}

/**
 * The bytes of a `ClusterLoadAssignment`. By hand, because this is the one message that is encoded at every change: the
 * bytes of unchanged endpoints are copied, which costs a twentieth of encoding them anew.
 */
export function encodeAssignment({ name, localities }: Assignment): Buffer {
  return Buffer.concat([textField(1, name), ...localities.map(encodeLocality)]);
}
