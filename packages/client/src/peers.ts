import { addressKey, type KnownCandidate } from './attributes.js';
import type { GrpcEndpoint } from './grpc.js';

interface Peer {
  candidate: KnownCandidate;
  connections: number;
}

/** Who answers at an address, for everything that is connected now: what the interceptor puts on spans. */
export class Peers {
  private readonly byAddress = new Map<string, Peer>();

  add(endpoint: GrpcEndpoint, candidate: KnownCandidate): void {
    for (const address of this.keys(endpoint)) {
      const peer = this.byAddress.get(address);
      if (peer === undefined) this.byAddress.set(address, { candidate, connections: 1 });
      else {
        peer.candidate = candidate;
        peer.connections += 1;
      }
    }
  }

  renew(endpoint: GrpcEndpoint, candidate: KnownCandidate): void {
    for (const address of this.keys(endpoint)) {
      const peer = this.byAddress.get(address);
      if (peer !== undefined) peer.candidate = candidate;
    }
  }

  remove(endpoint: GrpcEndpoint): void {
    for (const address of this.keys(endpoint)) {
      const peer = this.byAddress.get(address);
      if (peer === undefined) continue;
      peer.connections -= 1;
      if (peer.connections === 0) this.byAddress.delete(address);
    }
  }

  /** `address` as `call.getPeer()` says it. */
  get(address: string): KnownCandidate | undefined {
    return this.byAddress.get(address)?.candidate;
  }

  get size(): number {
    return this.byAddress.size;
  }

  private keys(endpoint: GrpcEndpoint): string[] {
    return endpoint.addresses.flatMap((address) => ('port' in address ? [addressKey(address)] : []));
  }
}
