import type { Team } from '../caller.js';
import type { Client } from '../clients.js';
import type { Stage } from '../scene.js';
import type { ControlPlaneProcess, Seen } from '../server.js';

/** Names that are scripted: Envoy takes what the others refuse, and the other way round. */
const NAMES = { grpc: 'script.peers:8088', envoy: 'script-envoy.peers:8088' };
/** What a client dials. */
export const nameOf = ({ proxy }: Client): string => (proxy === true ? NAMES.envoy : NAMES.grpc);

/** Endpoints of one zone, as the control plane groups them. */
export interface Locality {
  readonly zone: string;
  readonly priority: number;
  readonly weight: number;
  readonly endpoints: readonly {
    readonly addresses: readonly { readonly host: string; readonly port: number }[];
  }[];
}

/** A locality that weighs as much as it has endpoints. */
export const locality = (zone: string, priority: number, hosts: readonly string[]): Locality => ({
  ...{ zone, priority, weight: hosts.length },
  endpoints: hosts.map((host) => ({ addresses: [{ host, port: 8088 }] })),
});

/** A team on scripted endpoints. */
export interface Play {
  readonly stage: Stage;
  readonly team: Team;
  readonly script: ControlPlaneProcess;
}

/** All have the same, or each kind of client its own. */
export const publish = (
  script: ControlPlaneProcess,
  grpc: readonly Locality[],
  envoy = grpc,
): Promise<Seen> => script.ask(JSON.stringify({ [NAMES.grpc]: grpc, [NAMES.envoy]: envoy }));
