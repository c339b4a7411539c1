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

/** How one exchange ends: once, by an answer, by trouble or by its signal. */
interface Ending {
  readonly ended: boolean;
  /** Takes what arrived; true: it was the answer. */
  take(received: Buffer): boolean;
  fail(error: unknown): void;
}

/** Opens a socket for an exchange; `open` returns what closes it. */
function exchangeOn<T>({ read, signal }: Exchange<T>, open: (ending: Ending) => () => void): Promise<T> {
  return new Promise((resolve, reject) => {
    let ended = false;
    const end = (settle: () => void): void => {
      if (ended) return;
      ended = true;
      signal.removeEventListener('abort', onAbort);
      close();
      settle();
    };
    const fail = (error: unknown): void => end(() => reject(error));
    const onAbort = (): void => fail(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const close = open({
      get ended() {
        return ended;
      },
      take(received) {
        try {
          const answer = read(received);
          if (answer !== undefined) end(() => resolve(answer));
          return answer !== undefined;
        } catch (error) {
          fail(error);
          return false;
        }
      },
      fail,
    });
  });
}

/**
 * A socket of its own for each query, on a port that the kernel chooses at random, connected: the kernel drops what
 * comes from anybody but the server, and says at once when nobody listens there.
 */
function udp<T>(exchange: Exchange<T>): Promise<T> {
  const { server, message } = exchange;
  return exchangeOn(exchange, (ending) => {
    const socket = createSocket(server.host.includes(':') ? 'udp6' : 'udp4');
    socket.unref();
    socket.on('error', ending.fail);
    socket.on('message', ending.take);
    // An event, not a callback: with a callback, trouble of the connection would be its argument.
    socket.once('connect', () => {
      if (!ending.ended) socket.send(message, (error) => error && ending.fail(error));
    });
    socket.connect(server.port, server.host);
    return () => socket.close();
  });
}

/** RFC 1035 §4.2.2: each message follows a length of two bytes, which bounds it. */
function tcp<T>(exchange: Exchange<T>): Promise<T> {
  const { server, message } = exchange;
  return exchangeOn(exchange, (ending) => {
    const socket = connect(server.port, server.host);
    socket.unref();
    const chunks: Buffer[] = [];
    let received = 0;
    socket.on('error', ending.fail);
    socket.on('close', () => ending.fail(new Error('the server closed the connection without an answer')));
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      received += chunk.length;
      if (received < 2) return;
      const all = Buffer.concat(chunks);
      const size = all.readUInt16BE(0);
      if (received < size + 2) return;
      if (!ending.take(all.subarray(2, size + 2)))
        ending.fail(new Error('the server answered another question'));
    });
    const length = Buffer.alloc(2);
    length.writeUInt16BE(message.length);
    socket.write(Buffer.concat([length, message]));
    return () => socket.destroy();
  });
}

/** The wire of this machine. */
export const systemWire: DnsWire = { udp, tcp };
