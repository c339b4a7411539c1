import type { LoadBalancingConfig } from '@grpc/grpc-js';
import { NAMESPACE, PORT_NAME } from '../backend/slices.js';

/** How a client reaches the endpoints of a Service of the backend. */
export interface Dial {
  readonly policy: LoadBalancingConfig;
  /** By grpc-js alone, to these addresses; absent: by Fairlead, to the Service. */
  readonly addresses?: readonly string[];
}

/** The target of a dial. */
export function targetOf({ addresses }: Dial, service: string): string {
  if (addresses === undefined) return `k8s:///${service}.${NAMESPACE}:${PORT_NAME}`;
  return `ipv4:${addresses.join(',')}`;
}
