import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import type { RawServer } from '../control-plane/raw-server.js';
import { PATHS } from '../control-plane/wire.js';

type Call = ServerDuplexStream<Buffer, Buffer>;

const asIs = (bytes: Buffer): Buffer => bytes;

/** The same over grpc-js, which no server on it can be below: bytes that are ready go out, answers are handed over unread. */
export async function startGrpcServer(first: Buffer): Promise<RawServer> {
  const calls = new Set<Call>();
  const server = new Server();
  const method = {
    path: PATHS.sotw,
    requestStream: true,
    responseStream: true,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  };
  server.addService(
    { ads: method },
    {
      ads(call: Call) {
        calls.add(call);
        const forget = (): void => void calls.delete(call);
        call.on('cancelled', forget);
        call.on('error', forget);
        call.once('data', () => call.write(first));
        call.on('data', () => {});
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    const insecure = ServerCredentials.createInsecure();
    server.bindAsync('127.0.0.1:0', insecure, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  return {
    port,
    push(message) {
      for (const call of calls) call.write(message);
    },
    close: () => server.forceShutdown(),
  };
}
