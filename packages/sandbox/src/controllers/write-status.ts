import { equalJson } from '../api/storage/json.js';
import type { ClusterApi } from '../api/store.js';
import type { KubeObject } from '../objects.js';

/** Writes the status of an object, this very incarnation of it, if it is another one now; returns the object as it is then. */
export function writeStatus<T extends KubeObject>(
  api: ClusterApi,
  resource: string,
  object: T,
  status: T['status'],
): T {
  if (equalJson(status, object.status)) return object;
  const { namespace, name, uid } = object.metadata;
  const change = (copy: KubeObject): boolean => {
    if (copy.metadata.uid !== uid) return false;
    copy.status = status;
    return true;
  };
  const stored = api.modify(resource, namespace, name, change, { subresource: 'status' });
  return (stored as T | undefined) ?? object;
}
