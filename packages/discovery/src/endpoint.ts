/**
 * One `host:port` of an endpoint. `host` is an IP address without brackets; in a static list or a file it may be a
 * name, which is looked up when a connection is made.
 */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * One backend of a Service: a pod, with one address per IP family that it is known by (gRFC A61 calls this an
 * endpoint too). Immutable. The conditions follow EndpointSlice: `ready`, `serving` and `terminating` are never
 * undefined here, because nil has been resolved (`ready ?? true`, `serving ?? ready ?? true`, `terminating ?? false`).
 */
export interface Endpoint {
  /** Sorted `ip:port,…` of all addresses; IPv6 hosts in brackets. Connections are keyed by it. */
  readonly key: string;
  /** At least one, sorted as in `key`. */
  readonly addresses: readonly Address[];
  /** `targetRef.uid`: identity across address changes. */
  readonly uid?: string;
  /** `targetRef.name`. */
  readonly pod?: string;
  readonly hostname?: string;
  readonly node?: string;
  readonly zone?: string;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  /** Zones that should prefer this endpoint (`hints.forZones`), sorted. */
  readonly forZones?: readonly string[];
  /** Nodes that should prefer this endpoint (`hints.forNodes`), sorted. */
  readonly forNodes?: readonly string[];
  /** Relative share of traffic; 1 when absent. */
  readonly weight?: number;
  /**
   * Where it was read: name of the EndpointSlice, DNS name or file; not part of the version. An endpoint that only
   * moves to another slice stays the same object and keeps the name of the slice in which it was found first.
   */
  readonly slice: string;
}

/** `ip:port`, with brackets around an IPv6 address. */
export function formatAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** True when nothing differs that is part of a set's version: everything but `slice`. */
export function sameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return (
    a.key === b.key &&
    a.uid === b.uid &&
    a.ready === b.ready &&
    a.serving === b.serving &&
    a.terminating === b.terminating &&
    a.pod === b.pod &&
    a.hostname === b.hostname &&
    a.node === b.node &&
    a.zone === b.zone &&
    a.weight === b.weight &&
    sameNames(a.forZones, b.forZones) &&
    sameNames(a.forNodes, b.forNodes)
  );
}

/** True for equal lists of names, and for none twice. */
export function sameNames(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  if (a === b) return true;
  return a?.length === b?.length && (a?.every((name, index) => name === b?.[index]) ?? false);
}
