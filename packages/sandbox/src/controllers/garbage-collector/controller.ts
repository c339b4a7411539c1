import type { KindInfo } from '../../api/kinds.js';
import type { StoreEvent } from '../../api/store.js';
import type { KubeObject, OwnerReference } from '../../objects.js';
import { type Controller, type ControllerContext, createController } from '../controller.js';
import { type GraphNode, OwnerGraph } from './graph.js';

const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';

/** Deletes what its owners left behind and carries out foreground and orphan deletion, as upstream's. */
export function createGarbageCollector(context: ControllerContext, kinds: readonly KindInfo[]): Controller {
  const graph = new OwnerGraph();
  const collector = new Collector(context, graph, kinds);
  const watched = kinds.filter((kind) => kind.verbs.includes('list') && kind.resource !== 'events');
  const controller = createController({
    ...context,
    name: 'garbage-collector',
    watches: watched.map(({ resource }) => ({ resource, keys: (event) => affected(graph, event) })),
    reconcile(uid) {
      for (const next of collector.collect(uid)) controller.enqueue(next);
      return undefined;
    },
  });
  return controller;
}

/** Takes an event into the graph; answers the uids that may have to act. */
function affected(graph: OwnerGraph, { type, resource, object, old }: StoreEvent): string[] {
  const { uid = '', ownerReferences = [], deletionTimestamp } = object.metadata;
  if (type === 'DELETED') {
    graph.delete(uid);
    // Dependents may have lost their last owner, and owners in foreground deletion their last dependent.
    return [...graph.dependentsOf(uid).map((node) => node.uid), ...ownerReferences.map((owner) => owner.uid)];
  }
  const known = graph.set(resource, object);
  const sameOwners = JSON.stringify(known?.owners) === JSON.stringify(ownerReferences);
  if (sameOwners && !deletionTimestamp) return [];
  // An owner in foreground deletion may have waited for this reference to go.
  const former = (old?.metadata.ownerReferences ?? []).map((owner) => owner.uid);
  return [uid, ...(sameOwners ? [] : former)];
}

/** How the references of an object stand. */
interface Owners {
  readonly solid: OwnerReference[];
  readonly dangling: OwnerReference[];
  /** Owners in foreground deletion: they wait for this object to go. */
  readonly waiting: OwnerReference[];
}

class Collector {
  readonly #context: ControllerContext;
  readonly #graph: OwnerGraph;
  readonly #kinds: readonly KindInfo[];

  constructor(context: ControllerContext, graph: OwnerGraph, kinds: readonly KindInfo[]) {
    this.#context = context;
    this.#graph = graph;
    this.#kinds = kinds;
  }

  /** Does what the object's state asks for; answers uids that must be looked at next. */
  collect(uid: string): readonly string[] {
    const node = this.#graph.get(uid);
    const live = node && this.#read(node);
    if (!node || !live) return [];
    const { finalizers = [], deletionTimestamp } = live.metadata;
    if (deletionTimestamp && finalizers.includes(ORPHAN)) return this.#orphan(node);
    if (deletionTimestamp && finalizers.includes(FOREGROUND)) return this.#deleteDependents(node);
    if (!deletionTimestamp && live.metadata.ownerReferences?.length) this.#checkOwners(node, live);
    return [];
  }

  #read(node: GraphNode): KubeObject | undefined {
    const object = this.#context.api.get(node.resource, node.namespace, node.name);
    return object?.metadata.uid === node.uid ? object : undefined;
  }

  #orphan(node: GraphNode): readonly string[] {
    for (const dependent of this.#graph.dependentsOf(node.uid))
      this.#dropOwners(dependent, new Set([node.uid]));
    this.#dropFinalizer(node, ORPHAN);
    return [];
  }

  /** Foreground: dependents go first; those that do not block may still be there when the owner goes. */
  #deleteDependents(node: GraphNode): readonly string[] {
    const dependents = this.#graph.dependentsOf(node.uid).filter((dependent) => this.#read(dependent));
    const blocking = dependents.filter(({ owners }) =>
      owners.some(({ uid, blockOwnerDeletion }) => uid === node.uid && blockOwnerDeletion),
    );
    if (blocking.length === 0) this.#dropFinalizer(node, FOREGROUND);
    return dependents
      .filter((dependent) => !this.#read(dependent)?.metadata.deletionTimestamp)
      .map(({ uid }) => uid);
  }

  #checkOwners(node: GraphNode, live: KubeObject): void {
    const { solid, dangling, waiting } = this.#classify(live);
    if (solid.length > 0) {
      const gone = new Set([...dangling, ...waiting].map(({ uid }) => uid));
      if (gone.size > 0) this.#dropOwners(node, gone);
      return;
    }
    const hasDependents = this.#graph.dependentsOf(node.uid).length > 0;
    this.#context.logger.debug('garbage collector deletes an object without owners', {
      resource: node.resource,
      namespace: node.namespace,
      name: node.name,
    });
    this.#context.api.delete(node.resource, node.namespace, node.name, {
      uid: node.uid,
      propagationPolicy: waiting.length > 0 && hasDependents ? 'Foreground' : policyOf(live),
    });
  }

  #classify(object: KubeObject): Owners {
    const owners: Owners = { solid: [], dangling: [], waiting: [] };
    for (const reference of object.metadata.ownerReferences ?? []) {
      owners[this.#stateOf(reference, object)].push(reference);
    }
    return owners;
  }

  #stateOf(reference: OwnerReference, object: KubeObject): keyof Owners {
    const kind = this.#kinds.find(
      ({ group, version, kind: name }) =>
        name === reference.kind && (group ? `${group}/${version}` : version) === reference.apiVersion,
    );
    // Of an owner that cannot be looked up nothing is known: its dependents stay.
    if (!kind || (kind.namespaced && !object.metadata.namespace)) return 'solid';
    const namespace = kind.namespaced ? object.metadata.namespace : undefined;
    const owner = this.#context.api.get(kind.resource, namespace, reference.name);
    if (owner?.metadata.uid !== reference.uid) return 'dangling';
    const { deletionTimestamp, finalizers = [] } = owner.metadata;
    return deletionTimestamp && finalizers.includes(FOREGROUND) ? 'waiting' : 'solid';
  }

  #dropOwners(node: GraphNode, uids: ReadonlySet<string>): void {
    this.#context.api.modify(node.resource, node.namespace, node.name, ({ metadata }) => {
      const kept = (metadata.ownerReferences ?? []).filter(({ uid }) => !uids.has(uid));
      if (metadata.uid !== node.uid || kept.length === metadata.ownerReferences?.length) return false;
      metadata.ownerReferences = kept;
      return true;
    });
  }

  #dropFinalizer(node: GraphNode, finalizer: string): void {
    this.#context.api.modify(node.resource, node.namespace, node.name, ({ metadata }) => {
      if (metadata.uid !== node.uid || !metadata.finalizers?.includes(finalizer)) return false;
      metadata.finalizers = metadata.finalizers.filter((other) => other !== finalizer);
      return true;
    });
  }
}

/** Finalizers that the object's creator set decide; else the default. */
function policyOf({ metadata }: KubeObject): 'Orphan' | 'Foreground' | 'Background' {
  if (metadata.finalizers?.includes(ORPHAN)) return 'Orphan';
  return metadata.finalizers?.includes(FOREGROUND) ? 'Foreground' : 'Background';
}
