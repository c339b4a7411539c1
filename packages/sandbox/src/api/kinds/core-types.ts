import type { KubeObject } from '../../objects.js';

/** The fields of a Namespace that the API server itself reads. */
export interface Namespace extends KubeObject {
  spec?: { finalizers?: string[] };
  status?: { phase?: string };
}

/** The fields of a ConfigMap or Secret that the API server itself reads. */
export interface DataHolder extends KubeObject {
  data?: Record<string, string>;
  binaryData?: Record<string, string>;
  stringData?: Record<string, string>;
  immutable?: boolean;
  type?: string;
}

/** The fields of a Node that the API server itself reads. */
export interface Node extends KubeObject {
  spec?: { unschedulable?: boolean; podCIDR?: string; providerID?: string; taints?: NodeTaint[] };
  status?: {
    addresses?: { type: string; address: string }[];
    conditions?: { type: string; status: string }[];
    capacity?: Record<string, string>;
    allocatable?: Record<string, string>;
    nodeInfo?: Record<string, string>;
  };
}

/** What keeps pods off a node. */
export interface NodeTaint {
  key?: string;
  value?: string;
  effect?: string;
}

/** The fields of a Lease that the API server itself reads. */
export interface Lease extends KubeObject {
  spec?: { holderIdentity?: string; leaseDurationSeconds?: number; leaseTransitions?: number };
}

/** The fields of an Event that the API server itself reads. */
export interface Event extends KubeObject {
  involvedObject?: { kind?: string; name?: string; namespace?: string; fieldPath?: string };
  type?: string;
  reason?: string;
  action?: string;
  message?: string;
  count?: number;
  firstTimestamp?: string;
  lastTimestamp?: string;
  eventTime?: string;
  series?: { count?: number; lastObservedTime?: string };
  source?: { component?: string; host?: string };
  reportingComponent?: string;
  reportingInstance?: string;
}
