import { KINDS, kindByGroupVersionKind } from '../api/kinds/index.js';
import type { KindInfo } from '../api/kinds.js';
import { ManifestError } from '../errors.js';
import type { KubeObject } from '../objects.js';
import { parseManifest } from './parse.js';

/** What applying needs of a Kubernetes API: refusals are thrown with Kubernetes' `reason`. */
export interface ManifestApi {
  create(kind: KindInfo, object: KubeObject): Promise<unknown>;
  /** A strategic merge patch. */
  patch(kind: KindInfo, object: KubeObject): Promise<unknown>;
}

function kindOf({ apiVersion, kind }: KubeObject): KindInfo {
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  const found = kindByGroupVersionKind(group, version, kind);
  if (found && canBeKept(found)) return found;
  const known = KINDS.filter((each) => each.kind === kind && canBeKept(each)).map((each) =>
    each.group ? `${each.group}/${each.version}` : each.version,
  );
  const hint =
    known.length > 0
      ? `${kind} is served as ${known.join(', ')}`
      : `served are ${[...new Set(KINDS.filter(canBeKept).map((each) => each.kind))].sort().join(', ')}`;
  throw new ManifestError(`no kind "${kind}" in version "${apiVersion}"; ${hint}`);
}

/** Reviews are questions, not objects. */
const canBeKept = ({ kind }: KindInfo): boolean => !/Review$/.test(kind);

interface Placed {
  readonly kind: KindInfo;
  readonly object: KubeObject;
}

function readObjects(text: string): Placed[] {
  return parseManifest(text).map((object) => ({ object, kind: kindOf(object) }));
}

/** Throws what is wrong with a manifest as far as it can be told without a cluster: its YAML, its kinds, its names. */
export function checkManifest(text: string): void {
  readObjects(text);
}

async function applyOne(api: ManifestApi, kind: KindInfo, object: KubeObject): Promise<void> {
  try {
    await api.create(kind, object);
  } catch (error) {
    if ((error as { reason?: string }).reason !== 'AlreadyExists') throw error;
    await api.patch(kind, object);
  }
}

/** Creates every object of the manifest, in order, or merges it into the one that exists, as `kubectl apply` does at first. */
export async function applyManifest(
  api: ManifestApi,
  text: string,
  defaultNamespace = 'default',
): Promise<void> {
  for (const { object, kind } of readObjects(text)) {
    const namespace = object.metadata.namespace ?? defaultNamespace;
    const placed = kind.namespaced ? { ...object, metadata: { ...object.metadata, namespace } } : object;
    try {
      await applyOne(api, kind, placed);
    } catch (error) {
      throw new ManifestError(`${object.kind} ${object.metadata.name}: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }
}
