import type { KubeClient, KubeObject } from '@fairlead/discovery/kubernetes';
import type { AgentClock, AgentLogger } from './host.js';
import { delay } from './host.js';
import type { Node, NodeInput } from './node-object.js';
import {
  LEASE_NAMESPACE,
  LEASE_RENEW_MS,
  microTime,
  nodeLabels,
  nodeLease,
  nodeStatus,
} from './node-object.js';
import { isKubeStatus, messageOf } from './refusal.js';

interface RegistrationOptions {
  readonly client: KubeClient;
  readonly clock: AgentClock;
  readonly logger: AgentLogger;
  readonly signal: AbortSignal;
  readonly node: Omit<NodeInput, 'nowMs'>;
  /** The API server answers again after it did not. */
  onBack(): void;
}

const NODES = { group: '', version: 'v1', resource: 'nodes' };
const LEASES = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' };
/** An unchanged node status is written again after so many lease renewals: 5 min, as the kubelet does. */
const STATUS_EVERY = 30;
/** Between two attempts while the API server is away (ms): its 40 s of patience have begun already. */
const RETRY_MS = 1000;

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
  const created = await client.create<Node>(NODES, object, { signal }).catch((error: unknown) => {
    if (isKubeStatus(error, 409)) return undefined;
    throw error;
  });
  const stored =
    created ??
    (await client.patch<Node>(NODES, node.nodeName, { metadata: { labels } }, { signal, kind: 'merge' }));
  await writeStatus(options, stored);
  void beat(options);
}

async function writeStatus(options: RegistrationOptions, stored: Node): Promise<void> {
  const { client, node, clock, signal } = options;
  const status = nodeStatus({ ...node, nowMs: clock.now() }, stored.status?.conditions ?? []);
  await client.patch(NODES, node.nodeName, { status }, { signal, subresource: 'status', kind: 'merge' });
}

/** Renews Lease and status until the signal aborts. A Node that was deleted stays deleted, as with the kubelet. */
async function beat(options: RegistrationOptions): Promise<void> {
  const { client, clock, logger, node, signal } = options;
  let away = false;
  for (let turn = 0; !signal.aborted; ) {
    let waitMs = LEASE_RENEW_MS;
    try {
      const stored = await client.get<Node>(NODES, node.nodeName, { signal });
      await renewLease(options, stored.metadata.uid);
      // Whoever missed the renewals has made it Unknown: only a new status takes that back.
      if (!isReady(stored) || (turn > 0 && turn % STATUS_EVERY === 0)) await writeStatus(options, stored);
      turn += 1;
      if (away) options.onBack();
      away = false;
    } catch (error) {
      if (signal.aborted) return;
      logger.debug('node not renewed', { node: node.nodeName, error: messageOf(error) });
      away = !isKubeStatus(error, 404);
      if (away) waitMs = RETRY_MS;
    }
    await delay(clock, waitMs, signal);
  }
}

const isReady = ({ status }: Node): boolean =>
  status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ?? false;

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
