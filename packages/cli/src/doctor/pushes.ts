import type { Target } from '@fairlead/discovery';
import type { KubeClient, ResourceRef } from '@fairlead/discovery/kubernetes';
import { type Check, failed, passed } from './report.js';

const ENDPOINT_SLICES: ResourceRef = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };
/** A watch tells what there is at once; after so long (ms) it is being held back. */
const PUSH_MS = 5_000;

/** Whether a watch tells the slices that a list has; nothing is said when there is none. */
export async function checkPushes(client: KubeClient, { namespace, service }: Target): Promise<Check[]> {
  const labelSelector = `kubernetes.io/service-name=${service}`;
  const { items } = await client.list(ENDPOINT_SLICES, { namespace, query: { labelSelector, limit: 1 } });
  if (items.length === 0) return [];
  const signal = AbortSignal.timeout(PUSH_MS);
  try {
    const query = { labelSelector, timeoutSeconds: PUSH_MS / 1000 };
    for await (const _ of await client.watch(ENDPOINT_SLICES, { namespace, query, signal })) {
      return [passed('watch', 'changes are pushed: a watch of the EndpointSlices answers')];
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  const text = `the EndpointSlices can be listed, but a watch of them says nothing for ${PUSH_MS / 1000} s: changes come late or never`;
  const fix = `a proxy between here and ${client.server} holds answers back until they end: let it stream them (nginx: proxy_buffering off), or reach the API server directly`;
  return [failed('watch', text, fix)];
}
