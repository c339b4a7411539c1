import type { KubeObject } from '../../objects.js';
import type { KindInfo } from '../kinds.js';
import { forbidden, invalid } from '../refusals.js';
import { ApiStatus } from '../status.js';
import { copyJson } from './json.js';

/** 403 of a create in a namespace whose deletion has begun. */
export function namespaceTerminating(kind: KindInfo, name: string, namespace: string): ApiStatus {
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const refusal = forbidden(kind, name, why);
  return new ApiStatus(refusal.code, refusal.reason, refusal.message, {
    ...refusal.details,
    causes: [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ],
  });
}

/** Why a write that names another uid is refused. */
export function uidMismatch(kind: KindInfo, old: KubeObject, uid: string): string {
  const { namespace, name } = old.metadata;
  const key = ['/registry', kind.resource, ...(namespace ? [namespace] : []), name].join('/');
  return (
    `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ` +
    `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`
  );
}

/** Upstream's admission refuses to delete these. */
const PROTECTED_NAMESPACES = new Set(['default', 'kube-system', 'kube-public']);

/** Refuses the deletion of a namespace that the cluster cannot be without. */
export function checkDeletable(kind: KindInfo, name: string): void {
  if (kind.resource === 'namespaces' && PROTECTED_NAMESPACES.has(name)) {
    throw forbidden(kind, name, 'this namespace may not be deleted');
  }
}

/** Replaces the status; undefined takes it away. */
export function setStatus(object: KubeObject, status: unknown): void {
  if (status === undefined) delete object.status;
  else object.status = copyJson(status);
}

/** A status sent with a create does not count, but for Nodes: their agents register with it. */
export function initStatus(kind: KindInfo, object: KubeObject): void {
  if (kind.resource === 'nodes' || !kind.subresources.includes('status')) return;
  delete object.status;
  if (kind.resource === 'pods') object.status = { phase: 'Pending' };
  if (kind.resource === 'namespaces') {
    object.spec = { finalizers: ['kubernetes'] };
    object.status = { phase: 'Active' };
  }
}

/** Throws 422 with the kind's own findings. */
export function validate(kind: KindInfo, object: KubeObject, old?: KubeObject): void {
  const errors = kind.validate?.(object, old) ?? [];
  if (errors.length > 0) throw invalid(kind, object.metadata.name, errors);
}
