import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CONTROL_PLANE, PROXY_HOST, SERVICE_NETWORK } from './addresses.js';
import type { ControlPlane } from './control-plane.js';
import { proxyCommand } from './flags.js';

const run = promisify(execFile);

const NODES = { group: '', version: 'v1', resource: 'nodes' };
/** A node of its own, without pods: kube-proxy ends when its node does, and those of the tests come and go. */
const NODE = 'proxy';
const HEALTH = 'http://127.0.0.1:10256/healthz';

/** Whether this machine has what kube-proxy works with. */
const hasNftables = (): Promise<boolean> =>
  run('nft', ['list', 'ruleset']).then(
    () => true,
    () => false,
  );

/**
 * Starts kube-proxy, so that virtual IPs lead to pods; resolves with false where `nft` is missing or denied. Packets
 * need a route before the rules can turn them.
 */
export async function startServiceProxy(plane: ControlPlane, binary: string): Promise<boolean> {
  if (!(await hasNftables())) return false;
  await run('ip', ['route', 'add', SERVICE_NETWORK, 'dev', 'lo', 'src', CONTROL_PLANE]);
  const { client, credentials } = plane;
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: NODE, labels: { 'kubernetes.io/hostname': NODE } },
    spec: { unschedulable: true },
  };
  await client.create(NODES, node);
  const status = { addresses: [{ type: 'InternalIP', address: PROXY_HOST }] };
  await client.patch(NODES, NODE, { status }, { subresource: 'status', kind: 'merge' });
  const command = proxyCommand({ binary, kubeconfig: credentials.kubeconfig, node: NODE });
  await plane.startBeside('proxy', command, async () => (await fetch(HEALTH)).ok);
  return true;
}
