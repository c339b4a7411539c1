import type { KubeClient, KubeObject } from '@fairlead/discovery/kubernetes';
import type { AgentClock, AgentLogger } from './host.js';
import { delay } from './host.js';
import type { NodeInput } from './node-object.js';
import {
  LEASE_NAMESPACE,
  LEASE_RENEW_MS,
  microTime,
  nodeLabels,
  nodeLease,
  nodeStatus,
} from './node-object.js';
import { timestamp } from './pod.js';
import { isKubeStatus, messageOf } from './refusal.js';

export interface RegistrationOptions {
  readonly client: KubeClient;
  readonly clock: AgentClock;
  readonly logger: AgentLogger;
  readonly signal: AbortSignal;
  readonly node: Omit<NodeInput, 'nowMs'>;
}

const NODES = { group: '', version: 'v1', resource: 'nodes' };
const LEASES = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' };
/** An unchanged node status is written again after so many lease renewals: 5 min, as the kubelet does. */
const STATUS_EVERY = 30;

/** Creates or adopts the Node and writes its status and Lease. Rejects when the API server refuses. */
export async function registerNode(options: RegistrationOptions): Promise<void> {
  const { client, node, signal } = options;
  const labels = nodeLabels(node);
  const object: KubeObject = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: node.nodeName, labels },
    spec: {},
  };
  const created = await client.create(NODES, object, { signal }).catch((error: unknown) => {
    if (isKubeStatus(error, 409)) return undefined;
    throw error;
  });
  const { metadata } =
    created ??
    (await client.patch(NODES, node.nodeName, { metadata: { labels } }, { signal, kind: 'merge' }));
  const since = timestamp(options.clock.now());
  await writeStatus(options, since);
  void beat(options, since, metadata.uid);
}

async function writeStatus(options: RegistrationOptions, since: string): Promise<void> {
  const { client, node, clock, signal } = options;
  const status = nodeStatus({ ...node, nowMs: clock.now() }, since);
  await client.patch(NODES, node.nodeName, { status }, { signal, subresource: 'status', kind: 'merge' });
}

/** Renews the Lease until the signal aborts. */
async function beat(options: RegistrationOptions, since: string, uid: string | undefined): Promise<void> {
  const { clock, logger, node, signal } = options;
  for (let turn = 0; !signal.aborted; turn++) {
    try {
      await renewLease(options, uid);
      if (turn > 0 && turn % STATUS_EVERY === 0) await writeStatus(options, since);
    } catch (error) {
      if (signal.aborted) return;
      logger.debug('node lease not renewed', { node: node.nodeName, error: messageOf(error) });
    }
    await delay(clock, LEASE_RENEW_MS, signal);
  }
}

async function renewLease(options: RegistrationOptions, uid: string | undefined): Promise<void> {
  const { client, clock, node, signal } = options;
  const namespace = LEASE_NAMESPACE;
  const spec = { renewTime: microTime(clock.now()) };
  try {
    await client.patch(LEASES, node.nodeName, { spec }, { namespace, signal, kind: 'merge' });
  } catch (error) {
    if (!isKubeStatus(error, 404)) throw error;
    await client.create(LEASES, nodeLease(node.nodeName, uid, clock.now()), { namespace, signal });
  }
}
