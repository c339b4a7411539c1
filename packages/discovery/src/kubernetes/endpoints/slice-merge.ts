import { type Endpoint, formatAddress, sameEndpoint } from '../../endpoint.js';
import type { SliceEndpoint } from './slice.js';

/** One slice's word on one address. */
interface Claim {
  readonly slice: string;
  readonly endpoint: SliceEndpoint;
  readonly port: number;
  readonly address: string;
}

/** A slice seen through the chosen port; undefined when the slice does not have that port. */
export interface SlicePortView {
  /** `namespace/name`. */
  readonly id: string;
  readonly name: string;
  readonly port: number | undefined;
  readonly endpoints: readonly SliceEndpoint[];
}

function claim(slice: string, endpoint: SliceEndpoint, port: number): Claim {
  return { slice, endpoint, port, address: formatAddress(endpoint.host, port) };
}

function rank(endpoint: SliceEndpoint): number {
  const usable = endpoint.ready && !endpoint.terminating;
  return (
    (usable ? 8 : 0) + (endpoint.serving ? 4 : 0) + (endpoint.ready ? 2 : 0) + (endpoint.terminating ? 0 : 1)
  );
}

/**
 * Which of two claims holds: the better condition (kube-proxy keeps the ready one of an endpoint that is in two
 * slices), then one that knows its pod; the rest only makes the choice the same in every process.
 */
function better(a: Claim, b: Claim): Claim {
  const byRank = rank(a.endpoint) - rank(b.endpoint);
  if (byRank !== 0) return byRank > 0 ? a : b;
  const uidA = a.endpoint.uid ?? '\uffff';
  const uidB = b.endpoint.uid ?? '\uffff';
  if (uidA !== uidB) return uidA < uidB ? a : b;
  if (a.address !== b.address) return a.address < b.address ? a : b;
  if (a.slice !== b.slice) return a.slice < b.slice ? a : b;
  return describe(a) <= describe(b) ? a : b;
}

function describe({ endpoint }: Claim): string {
  return JSON.stringify(endpoint);
}

/** The addresses that are one endpoint, by their best claim: one, or two in a dual stack. */
interface Group {
  owners: readonly Claim[];
  key: string | undefined;
}

function withoutAddress(owners: readonly Claim[], address: string): readonly Claim[] {
  return owners.some((owner) => owner.address === address)
    ? owners.filter((owner) => owner.address !== address)
    : owners;
}

/** Endpoints of one pod and port are one, whatever the family of the address; without a pod the address decides. */
function groupOf(owner: Claim): string {
  return owner.endpoint.uid === undefined ? owner.address : `${owner.endpoint.uid} ${owner.port}`;
}

/** Field by field: a large Service has thousands, and copies by spread take several times as long. */
function buildEndpoint(owners: readonly Claim[]): Endpoint {
  const sorted = owners.length === 1 ? owners : [...owners].sort((a, b) => (a.address < b.address ? -1 : 1));
  const best = sorted.reduce(better);
  const { endpoint } = best;
  return {
    key: sorted.length === 1 ? best.address : sorted.map((claim) => claim.address).join(','),
    addresses: sorted.map((claim) => ({ host: claim.endpoint.host, port: claim.port })),
    uid: endpoint.uid,
    pod: endpoint.pod,
    hostname: endpoint.hostname,
    node: endpoint.node,
    zone: endpoint.zone,
    ready: endpoint.ready,
    serving: endpoint.serving,
    terminating: endpoint.terminating,
    forZones: endpoint.forZones,
    forNodes: endpoint.forNodes,
    slice: best.slice,
  };
}

/**
 * The endpoints of all slices of one Service through one port, without duplicates. Costs what changed: slices are
 * told one by one, and only addresses that differ are merged again. The result depends on the slices alone, never on
 * the order in which they came.
 */
export class SliceMerge {
  /** By key. What the slices say now. */
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #bySlice = new Map<string, { readonly view: SlicePortView; readonly claims: readonly Claim[] }>();
  readonly #byAddress = new Map<string, Claim[]>();
  readonly #groupOfAddress = new Map<string, string>();
  readonly #groups = new Map<string, Group>();
  readonly #dirtyAddresses = new Set<string>();

  constructor() {
    this.endpoints = this.#endpoints;
  }

  /** Ids of slices that were told and not removed since. */
  sliceIds(): Iterable<string> {
    return this.#bySlice.keys();
  }

  /** A slice is new or changed. */
  update(view: SlicePortView): void {
    const before = this.#bySlice.get(view.id);
    if (before?.view.endpoints === view.endpoints && before.view.port === view.port) return;
    const followed = before !== undefined && before.view.port === view.port;
    const claims = followed ? this.#follow(before.claims, view) : this.#claims(view);
    this.#exchange(before?.claims ?? [], claims);
    this.#bySlice.set(view.id, { view, claims });
  }

  /** A slice is gone. */
  remove(id: string): void {
    this.#exchange(this.#bySlice.get(id)?.claims ?? [], []);
    this.#bySlice.delete(id);
  }

  /** Brings `endpoints` up to date; returns the keys whose endpoint is new, gone or another object. */
  settle(): ReadonlySet<string> {
    const dirtyGroups = new Set<string>();
    for (const address of this.#dirtyAddresses) this.#assign(address, dirtyGroups);
    this.#dirtyAddresses.clear();
    return this.#rebuild(dirtyGroups);
  }

  #claims({ name, port, endpoints }: SlicePortView): Claim[] {
    if (port === undefined) return [];
    return endpoints.map((endpoint) => claim(name, endpoint, port));
  }

  /** The claims of a changed slice; those of endpoints that did not change stay the same objects. */
  #follow(before: readonly Claim[], { name, port, endpoints }: SlicePortView): readonly Claim[] {
    if (port === undefined) return [];
    let known: Map<SliceEndpoint, Claim> | undefined;
    return endpoints.map((endpoint, index) => {
      const old = before[index];
      if (old?.endpoint === endpoint) return old;
      known ??= new Map(before.map((each) => [each.endpoint, each]));
      return known.get(endpoint) ?? claim(name, endpoint, port);
    });
  }

  #exchange(before: readonly Claim[], now: readonly Claim[]): void {
    const gone = new Set<Claim>();
    const fresh = new Set<Claim>();
    for (let index = 0; index < Math.max(before.length, now.length); index++) {
      const old = before[index];
      const each = now[index];
      if (old === each) continue;
      if (old !== undefined) gone.add(old);
      if (each !== undefined) fresh.add(each);
    }
    // A slice that lists an endpoint twice has the same claim twice: one of them going is no loss.
    const kept = gone.size === 0 ? gone : new Set(now);
    for (const each of gone) {
      fresh.delete(each);
      if (kept.has(each)) continue;
      const left = this.#byAddress.get(each.address)?.filter((other) => other !== each) ?? [];
      if (left.length > 0) this.#byAddress.set(each.address, left);
      else this.#byAddress.delete(each.address);
      this.#dirtyAddresses.add(each.address);
    }
    for (const each of fresh) {
      const others = this.#byAddress.get(each.address);
      if (others === undefined) this.#byAddress.set(each.address, [each]);
      else others.push(each);
      this.#dirtyAddresses.add(each.address);
    }
  }

  /** Gives an address to the group of its best claim. */
  #assign(address: string, dirtyGroups: Set<string>): void {
    const oldGroup = this.#groupOfAddress.get(address);
    const owner = this.#byAddress.get(address)?.reduce(better);
    const group = owner === undefined ? undefined : groupOf(owner);
    if (oldGroup !== undefined) {
      dirtyGroups.add(oldGroup);
      const left = oldGroup === group ? undefined : this.#groups.get(oldGroup);
      if (left !== undefined) left.owners = withoutAddress(left.owners, address);
    }
    if (owner === undefined || group === undefined) {
      this.#groupOfAddress.delete(address);
      return;
    }
    this.#groupOfAddress.set(address, group);
    const members = this.#groups.get(group);
    if (members === undefined) this.#groups.set(group, { owners: [owner], key: undefined });
    else members.owners = [...withoutAddress(members.owners, address), owner];
    dirtyGroups.add(group);
  }

  /** All old keys go before a new one is set: a key may pass from one pod to the next that got its address. */
  #rebuild(dirtyGroups: ReadonlySet<string>): Set<string> {
    const before = new Map<string, Endpoint>();
    const changed = new Set<string>();
    for (const name of dirtyGroups) {
      const group = this.#groups.get(name);
      const old = group?.key === undefined ? undefined : this.#endpoints.get(group.key);
      if (group === undefined || old === undefined) continue;
      before.set(old.key, old);
      this.#endpoints.delete(old.key);
    }
    for (const name of dirtyGroups) {
      const group = this.#groups.get(name);
      if (group === undefined) continue;
      if (group.owners.length === 0) {
        this.#groups.delete(name);
        continue;
      }
      const built = buildEndpoint(group.owners);
      const old = before.get(built.key);
      group.key = built.key;
      const kept = old !== undefined && sameEndpoint(old, built) ? old : built;
      this.#endpoints.set(kept.key, kept);
      if (kept === old) before.delete(kept.key);
      else changed.add(kept.key);
    }
    for (const key of before.keys()) changed.add(key);
    return changed;
  }
}
