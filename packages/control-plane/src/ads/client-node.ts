import type { Node } from '../gen/envoy/config/core/v3/base_pb.js';

/** Who a client says that it is. Nothing of it is verified. */
export interface ClientNode {
  readonly id: string;
  /** `gRPC Go`, `gRPC C-core linux Python`, `gRPC Java`, `gRPC Node Pure JS`, `envoy`, … */
  readonly agent: string;
  readonly agentVersion: string;
}

/** Names of clients are kept and logged to this length. */
const MOST_TEXT = 200;

/** What a request says of its client. */
export function readNode(node: Node | undefined): ClientNode {
  const version = node?.userAgentVersionType;
  return {
    id: (node?.id ?? '').slice(0, MOST_TEXT),
    agent: (node?.userAgentName ?? '').slice(0, MOST_TEXT),
    agentVersion: (version?.case === 'userAgentVersion' ? version.value : '').slice(0, MOST_TEXT),
  };
}

/** The first version of grpc-java that keeps its endpoints when it is told that there are none. */
const KEEPS_SINCE = 76;

/**
 * Whether a client goes on with its old endpoints when it is told that there are none: grpc-java 1.76 and later, and a
 * grpc-java that does not say its version. What refuses connections does it no harm either way.
 */
export function keepsLastEndpoints({ agent, agentVersion }: ClientNode): boolean {
  if (!agent.startsWith('gRPC Java')) return false;
  const version = /^(\d+)\.(\d+)/.exec(agentVersion);
  if (version === null) return true;
  const [major, minor] = [Number(version[1]), Number(version[2])];
  return major > 1 || (major === 1 && minor >= KEEPS_SINCE);
}
