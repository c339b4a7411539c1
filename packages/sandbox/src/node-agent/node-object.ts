import { arch, release } from 'node:os';
import type { KubeObject } from '@fairlead/discovery/kubernetes';
import { KUBERNETES_VERSION } from '../kubernetes-version.js';
import { timestamp } from './pod.js';
import { machineResources } from './resource-field.js';

/** What a Node says about itself. */
export interface NodeInput {
  readonly nodeName: string;
  readonly zone: string;
  readonly hostIP: string;
  /** Port of the log server; 0: none. */
  readonly kubeletPort: number;
  readonly maxPods: number;
  readonly nowMs: number;
}

/** A Node, cut to the fields that the node agent reads. */
export interface Node extends KubeObject {
  readonly status?: { readonly conditions?: readonly NodeCondition[] };
}

export interface NodeCondition {
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime?: string;
}

/** Go's names of architectures, which Kubernetes uses. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

export function nodeLabels({ nodeName, zone }: Pick<NodeInput, 'nodeName' | 'zone'>): Record<string, string> {
  const architecture = ARCHITECTURES[arch()] ?? arch();
  return {
    'kubernetes.io/hostname': nodeName,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': architecture,
    'topology.kubernetes.io/zone': zone,
  };
}

/** The status of a healthy Node; `stored`, the conditions that the API server has, give `lastTransitionTime`. */
export function nodeStatus(input: NodeInput, stored: readonly NodeCondition[]): Record<string, unknown> {
  const resources = { ...machineResources(), pods: String(input.maxPods) };
  const now = timestamp(input.nowMs);
  const condition = (type: string, status: string, reason: string, message: string): object => {
    const before = stored.find((known) => known.type === type);
    const since = before?.status === status ? before.lastTransitionTime : undefined;
    return { type, status, reason, message, lastHeartbeatTime: now, lastTransitionTime: since ?? now };
  };
  return {
    capacity: resources,
    allocatable: resources,
    conditions: [
      condition(
        'MemoryPressure',
        'False',
        'KubeletHasSufficientMemory',
        'kubelet has sufficient memory available',
      ),
      condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
      condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
      condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
    ],
    addresses: [
      { type: 'InternalIP', address: input.hostIP },
      { type: 'Hostname', address: input.nodeName },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: input.kubeletPort } },
    nodeInfo: {
      architecture: ARCHITECTURES[arch()] ?? arch(),
      bootID: '',
      containerRuntimeVersion: 'process://1',
      kernelVersion: release(),
      kubeProxyVersion: '',
      kubeletVersion: KUBERNETES_VERSION,
      machineID: input.nodeName,
      operatingSystem: 'linux',
      osImage: 'Fairlead sandbox',
      systemUUID: input.nodeName,
    },
  };
}

/** The kubelet's lease: 40 s, renewed every 10 s. */
const LEASE_SECONDS = 40;
export const LEASE_RENEW_MS = 10_000;
export const LEASE_NAMESPACE = 'kube-node-lease';

/** The Lease that says the node is alive. */
export function nodeLease(nodeName: string, nodeUid: string | undefined, nowMs: number): KubeObject {
  const owner = { apiVersion: 'v1', kind: 'Node', name: nodeName, uid: nodeUid };
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name: nodeName,
      namespace: LEASE_NAMESPACE,
      ...(nodeUid ? { ownerReferences: [owner] } : {}),
    },
    spec: { holderIdentity: nodeName, leaseDurationSeconds: LEASE_SECONDS, renewTime: microTime(nowMs) },
  };
}

/** Kubernetes' MicroTime: six digits after the second. */
export const microTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');
