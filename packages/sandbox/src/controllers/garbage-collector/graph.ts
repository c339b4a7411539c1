import type { KubeObject, OwnerReference } from '../../objects.js';

/** One object as the garbage collector knows it. */
export interface GraphNode {
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly uid: string;
  readonly owners: readonly OwnerReference[];
}

/** Who owns whom, by uid, kept up to date by watches. */
export class OwnerGraph {
  readonly #nodes = new Map<string, GraphNode>();
  readonly #dependents = new Map<string, Set<string>>();

  /** Takes over an object as it is now; answers what was known of it before. */
  set(resource: string, object: KubeObject): GraphNode | undefined {
    const { uid = '', namespace, name, ownerReferences = [] } = object.metadata;
    const before = this.delete(uid);
    this.#nodes.set(uid, { resource, namespace, name, uid, owners: ownerReferences });
    for (const owner of ownerReferences) {
      const dependents = this.#dependents.get(owner.uid) ?? new Set();
      this.#dependents.set(owner.uid, dependents.add(uid));
    }
    return before;
  }

  /** Forgets an object; answers what was known of it. Its dependents stay known as such. */
  delete(uid: string): GraphNode | undefined {
    const node = this.#nodes.get(uid);
    this.#nodes.delete(uid);
    for (const owner of node?.owners ?? []) {
      const dependents = this.#dependents.get(owner.uid);
      dependents?.delete(uid);
      if (dependents?.size === 0) this.#dependents.delete(owner.uid);
    }
    return node;
  }

  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid);
  }

  /** Objects that name this uid as an owner. */
  dependentsOf(uid: string): GraphNode[] {
    return [...(this.#dependents.get(uid) ?? [])].flatMap((dependent) => this.#nodes.get(dependent) ?? []);
  }
}
