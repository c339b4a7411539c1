import { SandboxError } from '../errors.js';
import type { KubeObject } from '../objects.js';
import { startCluster } from '../start-sandbox.js';
import type { ObjectRef, TestSandbox, TestSandboxOptions } from './contract.js';
import { deploy } from './deployed.js';
import { find, kindNamed, waitForObject } from './objects.js';
import { openGates } from './pods.js';

/**
 * Starts a cluster of its own for a test, a test file or a worker. Any number may run side by side, in one process and
 * in several. Nothing of the process is touched, no variable, no timer, no signal; its end takes the pods along,
 * kill -9 included.
 */
export async function startSandbox(options: TestSandboxOptions = {}): Promise<TestSandbox> {
  const { sandbox, store, nodes } = await startCluster({ ...options, port: 0 });
  const closeGates = openGates(store);
  const close = async (): Promise<void> => {
    closeGates();
    await sandbox.close();
  };
  let images = 0;
  const host = { api: store, nodes, sandbox, nextImage: () => ++images };
  const setSchedulable = async (node: string, schedulable: boolean): Promise<void> => {
    const changed = store.modify('nodes', undefined, node, (copy) => {
      copy.spec = { ...(copy.spec as object), unschedulable: !schedulable };
    });
    if (changed) return;
    const names = store.list('nodes').map(({ metadata }) => metadata.name);
    throw new SandboxError('OPTION_INVALID', `node "${node}": accepted are ${names.join(', ')}`);
  };
  const { kubeconfig, api, dns, faults } = sandbox;
  return {
    ...{ kubeconfig, api, dns, faults },
    channelOptions: { 'fairlead.kubeconfig': kubeconfig, 'grpc.enable_http_proxy': 0 },
    apply: (yaml) => sandbox.apply(yaml),
    deploy: (wanted) => deploy(wanted, host),
    get: <T>(ref: ObjectRef) => find(store, ref).now() as T | undefined,
    list: <T>(kind: string, namespace?: string) => {
      const { resource, namespaced } = kindNamed(kind);
      // What the objects of a kind look like is the caller's word.
      const objects: readonly unknown[] = store.list(resource, namespaced ? namespace : undefined);
      return objects as readonly T[];
    },
    waitFor: <T>(ref: ObjectRef, condition: string | ((object: T | undefined) => unknown), wait = {}) => {
      const is = condition as string | ((object: KubeObject | undefined) => unknown);
      return waitForObject(store, ref, { ...wait, condition: is }) as Promise<T | undefined>;
    },
    cordon: (node) => setSchedulable(node, false),
    uncordon: (node) => setSchedulable(node, true),
    close,
    [Symbol.asyncDispose]: close,
  };
}
