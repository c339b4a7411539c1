import type { GrpcEndpoint } from '../grpc.js';
import { addressKey, type KnownCandidate } from '../handover/attributes.js';

interface Peer {
  candidate: KnownCandidate;
  connections: number;
}

/** Addresses that are remembered after their last connection: calls in flight end after their endpoint is gone. */
const REMEMBERED = 1024;

/** Who answers at an address, now or lately: what the interceptor puts on spans. */
export class Peers {
  private readonly byAddress = new Map<string, Peer>();
  /** Of addresses without a connection, the oldest first. */
  private readonly gone = new Map<string, KnownCandidate>();

  add(endpoint: GrpcEndpoint, candidate: KnownCandidate): void {
    for (const address of this.keys(endpoint)) {
      const peer = this.byAddress.get(address);
      this.gone.delete(address);
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
      if (peer.connections > 0) continue;
      this.byAddress.delete(address);
      this.gone.set(address, peer.candidate);
      const [oldest] = this.gone.keys();
      if (this.gone.size > REMEMBERED && oldest !== undefined) this.gone.delete(oldest);
    }
  }

  /** `address` as `call.getPeer()` says it. */
  get(address: string): KnownCandidate | undefined {
    return this.byAddress.get(address)?.candidate ?? this.gone.get(address);
  }

  /** Addresses with a connection. */
  get size(): number {
    return this.byAddress.size;
  }

  private keys(endpoint: GrpcEndpoint): string[] {
    return endpoint.addresses.flatMap((address) => ('port' in address ? [addressKey(address)] : []));
  }
}
