import { createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { framed, messageReader } from './wire.js';

/** The floor: writes bytes that are ready to streams that are open, and reads the answers without looking at them. */
export interface RawServer {
  readonly port: number;
  push(message: Buffer): void;
  close(): void;
}

export async function startRawServer(first: Uint8Array): Promise<RawServer> {
  const streams = new Set<ServerHttp2Stream>();
  const server = createServer();
  server.on('stream', (stream) => {
    streams.add(stream);
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
    stream.on('error', () => {});
    stream.once('close', () => streams.delete(stream));
    let requests = 0;
    const read = messageReader(() => {
      requests += 1;
      if (requests === 1) stream.write(framed(first));
    });
    stream.on('data', read);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    push(message) {
      const bytes = framed(message);
      for (const stream of streams) stream.write(bytes);
    },
    close() {
      for (const stream of streams) stream.destroy();
      server.close();
    },
  };
}
