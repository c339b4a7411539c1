import type { Address, Endpoint, EndpointSet } from '@fairlead/discovery';
import { usableEndpoints } from '@fairlead/discovery';
import { inspect } from './address.js';

/** One endpoint as xDS knows it: where it can be dialled. */
export type AssignedEndpoint = Pick<Endpoint, 'addresses'>;

/** The endpoints of one zone at one priority. */
export interface LocalityEndpoints {
  /** Empty where the cluster does not know zones. */
  readonly zone: string;
  /** 0 is used first; dense. */
  readonly priority: number;
  /** Share of the traffic of its priority. */
  readonly weight: number;
  readonly endpoints: readonly AssignedEndpoint[];
}

/** What becomes a `ClusterLoadAssignment`: the endpoints of one cluster, by locality. */
export interface Assignment {
  readonly name: string;
  readonly localities: readonly LocalityEndpoints[];
}

/** An assignment, and what was left out of it. */
export interface Assigned {
  readonly assignment: Assignment;
  /** One line for each endpoint that no client could use. */
  readonly problems: readonly string[];
}

/**
 * A port on which nothing listens (RFC 6335 has it assigned to tcpmux): a connection to it is refused at once. It
 * stands for "no endpoint" where a client would keep its old ones when it is told that there are none.
 */
const REFUSING: Address = { host: '127.0.0.1', port: 1 };

/** Endpoints that clients accept; of two with one address the first stays, because C-core, Go and Envoy refuse both. */
function acceptable(endpoints: readonly Endpoint[], problems: string[]): Endpoint[] {
  const seen = new Set<string>();
  return endpoints.filter((endpoint) => {
    const { keys, problem } = inspect(endpoint);
    const twice = keys.some((key, index) => seen.has(key) || keys.indexOf(key) < index);
    if (problem !== undefined || twice) {
      const why = problem ?? "its address is there twice, or another endpoint's, too";
      problems.push(`endpoint ${JSON.stringify(endpoint.key)}: ${why}`);
      return false;
    }
    for (const key of keys) seen.add(key);
    return true;
  });
}

/**
 * Groups the usable endpoints of a set by zone, all at priority 0. A locality weighs as much as it has endpoints, so that
 * every endpoint gets the same share wherever it is; gRPC leaves out one whose weight is not set.
 */
export function assign(name: string, set: Pick<EndpointSet, 'endpoints'>): Assigned {
  const problems: string[] = [];
  const zones = new Map<string, Endpoint[]>();
  for (const endpoint of acceptable(usableEndpoints(set), problems)) {
    const zone = endpoint.zone ?? '';
    const neighbours = zones.get(zone);
    if (neighbours === undefined) zones.set(zone, [endpoint]);
    else neighbours.push(endpoint);
  }
  const localities = [...zones]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([zone, endpoints]) => ({ zone, priority: 0, weight: endpoints.length, endpoints }));
  return { assignment: { name, localities }, problems };
}

/** An assignment whose one endpoint refuses every connection: for clients that ignore one without endpoints. */
export function refusingAssignment(name: string): Assignment {
  const endpoints = [{ addresses: [REFUSING] }];
  return { name, localities: [{ zone: '', priority: 0, weight: 1, endpoints }] };
}
