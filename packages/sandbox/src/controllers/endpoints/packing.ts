import type { EndpointAddress, EndpointSubset, SubsetPort } from '../objects.js';
import { sortPorts } from './port-order.js';

/** An address with its text for comparisons: IP and the uid of what it belongs to. */
interface Entry {
  readonly key: string;
  readonly address: EndpointAddress;
}

/** The addresses behind one port, each ready or not. */
interface PortAddresses {
  readonly port: SubsetPort | undefined;
  readonly ready: Map<Entry, boolean>;
}

/**
 * The same endpoints in the one form that upstream knows for them: ports that all the same addresses have stand in one
 * subset, addresses are sorted, and one that is both ready and not ready behind a port is not.
 */
export function packSubsets(subsets: readonly EndpointSubset[]): EndpointSubset[] {
  const entries = new Map<string, Entry>();
  const byPort = new Map<string, PortAddresses>();
  for (const { addresses = [], notReadyAddresses = [], ports } of subsets) {
    for (const port of ports?.length ? ports : [undefined]) {
      const group = groupOf(byPort, port);
      for (const address of addresses) {
        const entry = entryOf(entries, address);
        if (!group.ready.has(entry)) group.ready.set(entry, true);
      }
      for (const address of notReadyAddresses) group.ready.set(entryOf(entries, address), false);
    }
  }
  const byAddresses = new Map<
    string,
    { ports: SubsetPort[]; entries: Entry[]; ready: Map<Entry, boolean> }
  >();
  for (const { port, ready } of byPort.values()) {
    const sorted = [...ready.keys()].sort((a, b) => (a.key < b.key ? -1 : 1));
    const signature = sorted.map((entry) => `${entry.key} ${ready.get(entry)}`).join();
    const same = byAddresses.get(signature) ?? { ports: [], entries: sorted, ready };
    if (port) same.ports.push(port);
    byAddresses.set(signature, same);
  }
  const packed = [...byAddresses.values()].map(({ ports, entries: all, ready }) =>
    subset(
      all.filter((entry) => ready.get(entry)).map(({ address }) => address),
      all.filter((entry) => !ready.get(entry)).map(({ address }) => address),
      sortPorts(ports),
    ),
  );
  const order = new Map(packed.map((each) => [each, JSON.stringify([each.ports, firstIp(each)])]));
  return packed.sort((a, b) => ((order.get(a) ?? '') < (order.get(b) ?? '') ? -1 : 1));
}

function groupOf(byPort: Map<string, PortAddresses>, port: SubsetPort | undefined): PortAddresses {
  const key = port ? JSON.stringify([port.name ?? '', port.port, port.protocol, port.appProtocol]) : '';
  const group = byPort.get(key) ?? { port, ready: new Map<Entry, boolean>() };
  byPort.set(key, group);
  return group;
}

function entryOf(entries: Map<string, Entry>, address: EndpointAddress): Entry {
  const key = `${address.ip} ${address.targetRef?.uid ?? ''}`;
  const entry = entries.get(key) ?? { key, address };
  entries.set(key, entry);
  return entry;
}

/** A subset without the lists that are empty. */
function subset(
  addresses: EndpointAddress[],
  notReadyAddresses: EndpointAddress[],
  ports: SubsetPort[] = [],
): EndpointSubset {
  return {
    ...(addresses.length > 0 ? { addresses } : {}),
    ...(notReadyAddresses.length > 0 ? { notReadyAddresses } : {}),
    ...(ports.length > 0 ? { ports } : {}),
  };
}

function firstIp({ addresses, notReadyAddresses }: EndpointSubset): string | undefined {
  return (addresses ?? notReadyAddresses)?.[0]?.ip;
}

/** How many addresses one Endpoints object holds at most, as upstream. */
export const MAX_ADDRESSES = 1000;

/**
 * The subsets with at most `MAX_ADDRESSES` addresses, ready ones first, each subset with its share of them; undefined
 * when there are no more.
 */
export function truncateSubsets(subsets: readonly EndpointSubset[]): EndpointSubset[] | undefined {
  const ready = count(subsets, 'addresses');
  const notReady = count(subsets, 'notReadyAddresses');
  if (ready + notReady <= MAX_ADDRESSES) return undefined;
  const list = ready > MAX_ADDRESSES ? 'addresses' : 'notReadyAddresses';
  const room = list === 'addresses' ? MAX_ADDRESSES : MAX_ADDRESSES - ready;
  const total = list === 'addresses' ? ready : notReady;
  let left = room;
  return subsets.flatMap(({ addresses = [], notReadyAddresses = [], ports }) => {
    const all = list === 'addresses' ? addresses : notReadyAddresses;
    const taken = all.slice(0, Math.min(left, Math.ceil((all.length / total) * room)));
    left -= taken.length;
    const kept = list === 'addresses' ? subset(taken, [], ports) : subset(addresses, taken, ports);
    return kept.addresses || kept.notReadyAddresses ? [kept] : [];
  });
}

function count(subsets: readonly EndpointSubset[], list: 'addresses' | 'notReadyAddresses'): number {
  return subsets.reduce((sum, each) => sum + (each[list]?.length ?? 0), 0);
}
