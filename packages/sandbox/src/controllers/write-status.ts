import { equalJson } from '../api/storage/json.js';
import type { ClusterApi } from '../api/store.js';
import type { KubeObject } from '../objects.js';

/** Writes the status of an object, this very incarnation of it, if it is another one now. */
export function writeStatus(api: ClusterApi, resource: string, object: KubeObject, status: object): void {
  if (equalJson(status, object.status)) return;
  const { namespace, name, uid } = object.metadata;
  const change = (copy: KubeObject): boolean => {
    if (copy.metadata.uid !== uid) return false;
    copy.status = status;
    return true;
  };
  api.modify(resource, namespace, name, change, { subresource: 'status' });
}
