import type { NodeObject, PodObject } from '../objects.js';
import { controllerOf } from '../owner.js';
import { isPodTerminal } from '../pod.js';

/** How many pods each node carries, in all and per owner. */
export class NodeLoad {
  readonly #all = new Map<string, number>();
  readonly #byOwner = new Map<string, number>();

  constructor(pods: readonly PodObject[]) {
    for (const pod of pods) {
      if (pod.spec.nodeName && !isPodTerminal(pod)) this.add(pod, pod.spec.nodeName);
    }
  }

  /** Counts a pod on a node. */
  add(pod: PodObject, node: string): void {
    this.#all.set(node, (this.#all.get(node) ?? 0) + 1);
    const key = ownerKey(pod, node);
    if (key) this.#byOwner.set(key, (this.#byOwner.get(key) ?? 0) + 1);
  }

  /** The node with the fewest pods of the same owner, then with the fewest pods, then the first by name. */
  leastLoaded(pod: PodObject, nodes: readonly NodeObject[]): NodeObject | undefined {
    const rank = (node: NodeObject): [number, number] => [
      this.#byOwner.get(ownerKey(pod, node.metadata.name) ?? '') ?? 0,
      this.#all.get(node.metadata.name) ?? 0,
    ];
    let best: NodeObject | undefined;
    let bestRank: [number, number] = [0, 0];
    for (const node of nodes) {
      const next = rank(node);
      const better = next[0] - bestRank[0] || next[1] - bestRank[1];
      if (best && (better > 0 || (better === 0 && node.metadata.name >= best.metadata.name))) continue;
      best = node;
      bestRank = next;
    }
    return best;
  }
}

/** Pods under deletion make room for their successors: they do not count as siblings. */
function ownerKey(pod: PodObject, node: string): string | undefined {
  const owner = pod.metadata.deletionTimestamp ? undefined : controllerOf(pod)?.uid;
  return owner && `${owner}@${node}`;
}
