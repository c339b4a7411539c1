import { type Client, Metadata } from '@grpc/grpc-js';
import { monotonicMs } from '#commands/wait.js';
import { CALL_PATH } from '../call-path.js';

const NOTHING = Buffer.alloc(0);
const identity = (message: Buffer): Buffer => message;
/** Calls under way at any moment while the first natural call is waited for. */
const CALLERS = 8;

/** Makes one call; resolves with the `host:port` that answered. */
export function callOf(client: Client, metadata = new Metadata()): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = client.makeUnaryRequest(CALL_PATH, identity, identity, NOTHING, metadata, (error) => {
      if (error) reject(error);
      else resolve(call.getPeer());
    });
  });
}

/** A few callers call without pause until one of them is answered by the address; resolves with when that was (ms). */
export async function answeredBy(address: string, call: () => Promise<string>): Promise<number> {
  let answeredAtMs = 0;
  const caller = async (): Promise<void> => {
    while (answeredAtMs === 0) {
      const peer = await call();
      if (peer === address && answeredAtMs === 0) answeredAtMs = monotonicMs();
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return answeredAtMs;
}
