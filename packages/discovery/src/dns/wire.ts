import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import type { DnsServer } from './resolver-config.js';

/** One message to a server and its answer. */
export interface Exchange<T> {
  readonly server: DnsServer;
  readonly message: Buffer;
  /** Looks at what arrived. Undefined: not the answer, go on waiting. What it throws ends the exchange. */
  readonly read: (message: Buffer) => T | undefined;
  /** Ends it, with the signal's reason. */
  readonly signal: AbortSignal;
}

/** How messages reach a server. Neither sockets nor what they wait for keep the process alive. */
export interface DnsWire {
  udp<T>(exchange: Exchange<T>): Promise<T>;
  tcp<T>(exchange: Exchange<T>): Promise<T>;
}

/**
 * A socket of its own for each query, on a port that the kernel chooses at random, connected: the kernel drops what
 * comes from anybody but the server, and says at once when nobody listens there.
 */
function udp<T>({ server, message, read, signal }: Exchange<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(server.host.includes(':') ? 'udp6' : 'udp4');
    socket.unref();
    let ended = false;
    const end = (): void => {
      if (ended) return;
      ended = true;
      signal.removeEventListener('abort', onAbort);
      socket.close();
    };
    const fail = (error: unknown): void => {
      end();
      reject(error);
    };
    const onAbort = (): void => fail(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('error', fail);
    socket.on('message', (received) => {
      try {
        const answer = read(received);
        if (answer === undefined) return;
        end();
        resolve(answer);
      } catch (error) {
        fail(error);
      }
    });
    // An event, not a callback: with a callback, trouble of the connection would be its argument.
    socket.once('connect', () => {
      if (!ended) socket.send(message, (error) => error && fail(error));
    });
    socket.connect(server.port, server.host);
  });
}

/** RFC 1035 §4.2.2: each message follows a length of two bytes, which bounds it. */
function tcp<T>({ server, message, read, signal }: Exchange<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, server.host);
    socket.unref();
    const chunks: Buffer[] = [];
    let received = 0;
    const end = (): void => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
    };
    const fail = (error: unknown): void => {
      end();
      reject(error);
    };
    const onAbort = (): void => fail(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('error', fail);
    socket.on('close', () => fail(new Error('the server closed the connection without an answer')));
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      received += chunk.length;
      if (received < 2) return;
      const all = Buffer.concat(chunks);
      const size = all.readUInt16BE(0);
      if (received < size + 2) return;
      try {
        const answer = read(all.subarray(2, size + 2));
        if (answer === undefined) throw new Error('the server answered another question');
        end();
        resolve(answer);
      } catch (error) {
        fail(error);
      }
    });
    const length = Buffer.alloc(2);
    length.writeUInt16BE(message.length);
    socket.write(Buffer.concat([length, message]));
  });
}

/** The wire of this machine. */
export const systemWire: DnsWire = { udp, tcp };
