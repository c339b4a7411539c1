import type { StoreEvent } from '../api/store.js';
import {
  type Controller,
  type ControllerContext,
  createController,
  isNamespaceTerminating,
  splitKey,
} from './controller.js';

const SERVICE_ACCOUNT = 'default';
const CA_CONFIG_MAP = 'kube-root-ca.crt';
const CA_KEY = 'ca.crt';

/** Gives every namespace its ServiceAccount `default` and the cluster's CA certificate in ConfigMap `kube-root-ca.crt`. */
export function createServiceAccountController(context: ControllerContext, caPem: string): Controller {
  const { api } = context;

  function reconcile(key: string): undefined {
    const namespace = splitKey(key).name;
    const found = api.get('namespaces', undefined, namespace);
    if (!found || found.metadata.deletionTimestamp) return;
    try {
      ensureServiceAccount(namespace);
      ensureCa(namespace);
    } catch (error) {
      if (!isNamespaceTerminating(error)) throw error;
    }
  }

  function ensureServiceAccount(namespace: string): void {
    if (api.get('serviceaccounts', namespace, SERVICE_ACCOUNT)) return;
    api.create('serviceaccounts', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: SERVICE_ACCOUNT, namespace },
    });
  }

  function ensureCa(namespace: string): void {
    const stored = api.modify('configmaps', namespace, CA_CONFIG_MAP, (copy) => {
      const data = copy.data as Record<string, string> | undefined;
      if (data?.[CA_KEY] === caPem) return false;
      copy.data = { ...data, [CA_KEY]: caPem };
      return true;
    });
    if (stored) return;
    const metadata = { name: CA_CONFIG_MAP, namespace };
    api.create('configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { [CA_KEY]: caPem } });
  }

  const changed = (name: string) => (event: StoreEvent) =>
    event.type !== 'ADDED' && event.object.metadata.name === name
      ? [`/${event.object.metadata.namespace ?? ''}`]
      : [];
  return createController({
    ...context,
    name: 'service-account',
    watches: [
      { resource: 'namespaces', keys: ({ object }) => [`/${object.metadata.name}`] },
      { resource: 'serviceaccounts', keys: changed(SERVICE_ACCOUNT) },
      { resource: 'configmaps', keys: changed(CA_CONFIG_MAP) },
    ],
    reconcile,
  });
}
