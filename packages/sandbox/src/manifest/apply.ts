import { KINDS, kindByGroupVersionKind } from '../api/kinds/index.js';
import type { KindInfo } from '../api/kinds.js';
import type { KubeObject } from '../objects.js';
import { ManifestError, parseManifest } from './parse.js';

/** What applying needs of a Kubernetes API: refusals are thrown with Kubernetes' `reason`. */
export interface ManifestApi {
  create(kind: KindInfo, object: KubeObject): Promise<unknown>;
  /** A strategic merge patch. */
  patch(kind: KindInfo, object: KubeObject): Promise<unknown>;
}

function kindOf({ apiVersion, kind }: KubeObject): KindInfo {
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  const found = kindByGroupVersionKind(group, version, kind);
  if (found) return found;
  const known = KINDS.filter((each) => each.kind === kind).map((each) =>
    each.group ? `${each.group}/${each.version}` : each.version,
  );
  const hint = known.length > 0 ? `; ${kind} is served as ${known.join(', ')}` : '';
  throw new ManifestError(`no kind "${kind}" in version "${apiVersion}"${hint}`);
}

/** Creates every object of the manifest, in order, or merges it into the one that exists, as `kubectl apply` does at first. */
export async function applyManifest(
  api: ManifestApi,
  text: string,
  defaultNamespace = 'default',
): Promise<void> {
  const objects = parseManifest(text).map((object) => ({ object, kind: kindOf(object) }));
  for (const { object, kind } of objects) {
    const namespace = object.metadata.namespace ?? defaultNamespace;
    const placed = kind.namespaced ? { ...object, metadata: { ...object.metadata, namespace } } : object;
    try {
      await api.create(kind, placed);
    } catch (error) {
      if ((error as { reason?: string }).reason !== 'AlreadyExists') {
        throw new ManifestError(`${object.kind} ${object.metadata.name}: ${(error as Error).message}`, {
          cause: error,
        });
      }
      await api.patch(kind, placed);
    }
  }
}
