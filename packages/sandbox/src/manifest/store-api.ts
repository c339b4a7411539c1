import { applyPatch } from '../api/patch/index.js';
import type { ClusterApi } from '../api/store.js';
import type { ManifestApi } from './apply.js';

/** Applies manifests to the API server's own objects, with all its rules but the wire. */
export function storeManifestApi(api: ClusterApi): ManifestApi {
  return {
    create: async (kind, object) => api.create(kind.resource, object),
    async patch(kind, object) {
      const { namespace, name } = object.metadata;
      const current = api.get(kind.resource, namespace, name);
      if (!current) return api.create(kind.resource, object);
      return api.update(kind.resource, applyPatch('application/strategic-merge-patch+json', current, object));
    },
  };
}
