import type { ClusterApi } from '../api/store.js';
import type { KubeObject } from '../objects.js';

/** A node as traffic sees it. */
export interface NodePlace {
  readonly name: string;
  /** Its InternalIP. */
  readonly address: string;
  readonly zone: string | undefined;
}

/** Where the client of a connection is. */
export interface ClientPlace {
  readonly node: NodePlace | undefined;
  /** A pod; else something outside of the cluster, or a node itself. */
  readonly isPod: boolean;
}

/** Which node an address is on, kept by watches of Nodes and Pods. */
export interface Places {
  nodes(): readonly NodePlace[];
  /** An address of no pod and no node counts as on the first node: a virtual IP is reached from a node only. */
  of(address: string): ClientPlace;
  close(): void;
}

const ZONE_LABEL = 'topology.kubernetes.io/zone';

interface NodeStatus {
  addresses?: { type: string; address: string }[];
}

function placeOf(node: KubeObject): NodePlace | undefined {
  const { addresses = [] } = (node.status ?? {}) as NodeStatus;
  const internal = addresses.find(({ type }) => type === 'InternalIP');
  const { name, labels } = node.metadata;
  return internal && { name, address: internal.address, zone: labels?.[ZONE_LABEL] };
}

const same = (a: NodePlace | undefined, b: NodePlace | undefined): boolean =>
  a?.address === b?.address && a?.zone === b?.zone;

/** Watches where nodes and pods are; `onNodes` is called after a node came, went or changed its address or zone. */
export function watchPlaces(api: ClusterApi, onNodes: () => void): Places {
  const nodes = new Map<string, NodePlace>();
  const nodeOfPod = new Map<string, string>();
  const stops = [
    api.watch('nodes', ({ type, object }) => {
      const { name } = object.metadata;
      const before = nodes.get(name);
      const place = type === 'DELETED' ? undefined : placeOf(object);
      if (place) nodes.set(name, place);
      else nodes.delete(name);
      if (!same(before, place)) onNodes();
    }),
    api.watch('pods', ({ type, object }) => {
      const { podIP } = (object.status ?? {}) as { podIP?: string };
      const { nodeName } = (object.spec ?? {}) as { nodeName?: string };
      if (!podIP) return;
      if (type === 'DELETED' || !nodeName) nodeOfPod.delete(podIP);
      else nodeOfPod.set(podIP, nodeName);
    }),
  ];
  const sorted = (): NodePlace[] => [...nodes.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    nodes: sorted,
    of(address) {
      const name = nodeOfPod.get(address);
      if (name !== undefined) return { node: nodes.get(name), isPod: true };
      const all = sorted();
      return { node: all.find((node) => node.address === address) ?? all[0], isPod: false };
    },
    close() {
      for (const stop of stops) stop();
    },
  };
}
