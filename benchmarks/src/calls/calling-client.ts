import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { CALL_PATH } from '../call-path.js';
import { type Dial, targetOf } from './dials.js';

const NOTHING = Buffer.alloc(0);
const identity = (message: Buffer): Buffer => message;
/** Calls in a batch while connections are waited for. */
const WARM_CALLS = 200;
/** Of hundreds of connections one may have failed first on a machine that is busy. */
const TIMEOUT_MS = 90_000;

export interface CallingOptions {
  readonly dial: Dial;
  readonly service: string;
  readonly kubeconfig: string;
}

/** A client with connections of its own that calls as fast as it is told. */
export class CallingClient {
  private readonly client: Client;

  constructor({ dial, service, kubeconfig }: CallingOptions) {
    this.client = new Client(targetOf(dial, service), credentials.createInsecure(), {
      ...(dial.addresses === undefined ? { 'fairlead.kubeconfig': kubeconfig } : {}),
      'grpc.service_config': JSON.stringify({ loadBalancingConfig: [dial.policy] }),
      'grpc.enable_http_proxy': 0,
      'grpc.use_local_subchannel_pool': 1,
    });
  }

  /** Makes one call; resolves when it has been answered. */
  call(onPeer?: (peer: string) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const answered = (error: Error | null): void => {
        if (error) reject(error);
        else {
          onPeer?.(call.getPeer());
          resolve();
        }
      };
      const call = this.client.makeUnaryRequest(
        CALL_PATH,
        identity,
        identity,
        NOTHING,
        new Metadata(),
        answered,
      );
    });
  }

  /** Makes so many calls, `concurrency` of them at any moment. */
  async batch(calls: number, concurrency: number, onPeer?: (peer: string) => void): Promise<void> {
    let left = calls;
    const caller = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await this.call(onPeer);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, caller));
  }

  /** Calls until so many different endpoints have answered. */
  async reach(endpoints: number): Promise<void> {
    const peers = new Set<string>();
    const endsAtMs = Date.now() + TIMEOUT_MS;
    while (peers.size < endpoints) {
      if (Date.now() > endsAtMs) throw new Error(`${peers.size} of ${endpoints} endpoints answered`);
      await this.batch(WARM_CALLS, 8, (peer) => peers.add(peer));
    }
  }

  close(): void {
    this.client.close();
  }
}
