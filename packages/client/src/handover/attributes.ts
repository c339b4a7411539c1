import type { Candidate } from '@fairlead/balancing';
import type { Address, Endpoint } from '@fairlead/discovery';
import type { GrpcEndpoint } from '../grpc.js';
import { changedPart } from './changed-part.js';

/**
 * Carries discovery's endpoint on the object that grpc-js passes through untouched from resolver to balancer. Not in
 * the resolver's `attributes`: those become subchannel arguments and are compared by `===`, so that a fresh object
 * per update would reconnect every endpoint.
 */
const ENDPOINT = Symbol.for('@fairlead/client.endpoint');

/** An endpoint in the form of grpc-js that knows its pod, zone and conditions. */
export interface CarryingEndpoint extends GrpcEndpoint {
  readonly [ENDPOINT]: Endpoint;
}

/** What the balancer knows of an endpoint: a candidate, and for our own resolver the pod. */
export interface KnownCandidate extends Candidate {
  readonly pod?: string;
}

function carrying(endpoint: Endpoint): CarryingEndpoint {
  return { addresses: endpoint.addresses.map(({ host, port }) => ({ host, port })), [ENDPOINT]: endpoint };
}

/**
 * Turns endpoints into grpc-js's form and keeps the object of every endpoint that is still the same one, so that the
 * balancer finds what changed by `===`. Both lists are sorted by key.
 */
export function carryEndpoints(
  endpoints: readonly Endpoint[],
  previous: readonly CarryingEndpoint[],
): CarryingEndpoint[] {
  let at = 0;
  return endpoints.map((endpoint) => {
    let before = previous[at];
    while (before !== undefined && before[ENDPOINT] !== endpoint && before[ENDPOINT].key < endpoint.key) {
      before = previous[++at];
    }
    if (before === undefined || before[ENDPOINT] !== endpoint) return carrying(endpoint);
    at += 1;
    return before;
  });
}

function addressText(address: GrpcEndpoint['addresses'][number]): string {
  if (!('port' in address)) return address.path;
  return addressKey(address);
}

/** `ip:port` as it stands in endpoint keys and as grpc-js names a peer; IPv6 hosts in brackets. */
export function addressKey(address: Address): string {
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

/** Candidates made for endpoints of other resolvers, so that the same object gives the same candidate. */
const foreign = new WeakMap<GrpcEndpoint, KnownCandidate>();

function foreignCandidate(endpoint: GrpcEndpoint): KnownCandidate {
  let candidate = foreign.get(endpoint);
  if (candidate === undefined) {
    const key = endpoint.addresses.map(addressText).sort().join(',');
    candidate = { key, ready: true, serving: true, terminating: false };
    foreign.set(endpoint, candidate);
  }
  return candidate;
}

function isCarrying(endpoint: GrpcEndpoint): endpoint is CarryingEndpoint {
  return ENDPOINT in endpoint;
}

/** The candidate of an endpoint. From a resolver that is not ours: ready, no zone, weight 1. */
export function candidateOf(endpoint: GrpcEndpoint): KnownCandidate {
  return isCarrying(endpoint) ? endpoint[ENDPOINT] : foreignCandidate(endpoint);
}

/**
 * The candidates of a list. Only what lies between the parts that both lists begin and end with is looked at; the
 * result is the same array when nothing changed.
 */
export function candidatesOf(
  endpoints: readonly GrpcEndpoint[],
  before: { readonly endpoints: readonly GrpcEndpoint[]; readonly candidates: readonly KnownCandidate[] },
): readonly KnownCandidate[] {
  const old = before.endpoints;
  const { head, tail } = changedPart(old, endpoints);
  if (head === old.length && head === endpoints.length) return before.candidates;
  return before.candidates
    .slice(0, head)
    .concat(
      endpoints.slice(head, endpoints.length - tail).map(candidateOf),
      before.candidates.slice(old.length - tail),
    );
}
