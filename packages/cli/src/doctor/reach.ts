import { connect } from 'node:net';

/** What became of a plain TCP connection: none, or the code of the error. */
export type Reach = 'reached' | 'silent' | (string & {});

/**
 * Tries a TCP connection for so long (ms). Asked before gRPC is: a connection that gets no answer to its first packet
 * would keep grpc-js, and so the process, for the two minutes in which the kernel tries.
 */
export function reach(host: string, port: number, timeoutMs: number): Promise<Reach> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const timer = setTimeout(() => end('silent'), timeoutMs);
    const end = (outcome: Reach): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(outcome);
    };
    socket.on('connect', () => end('reached'));
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
}
