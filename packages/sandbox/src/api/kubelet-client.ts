import type { IncomingMessage } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import type { Duplex } from 'node:stream';
import type { Clock } from './clock.js';
import type { KeyPair } from './pki/x509.js';

/** Where the agent of a node listens. */
export interface KubeletAddress {
  readonly host: string;
  readonly port: number;
}

/** A request for streams, as it is passed on. */
export interface UpgradeRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What an agent says to a request for streams: 101 with a connection, or anything else without. */
export interface Upgraded {
  readonly answer: IncomingMessage;
  readonly connection?: { readonly socket: Duplex; readonly head: Buffer };
}

/** Asks node agents, as the API server does for logs and streams. */
export interface KubeletClient {
  /** Resolves with the headers; the caller reads the body. Rejects when the agent cannot be reached or proved. */
  get(address: KubeletAddress, path: string, signal: AbortSignal): Promise<IncomingMessage>;
  /** Asks for streams. Rejects as `get` does. */
  upgrade(address: KubeletAddress, asked: UpgradeRequest): Promise<Upgraded>;
}

/** An agent that does not answer within this time is given up; the body may take as long as it likes. */
const ANSWER_TIMEOUT_MS = 10_000;

/** Trusts agents whose certificate the cluster's authority signed and shows them the API server's own. */
export function createKubeletClient(caPem: string, certificate: KeyPair, clock: Clock): KubeletClient {
  const send = (options: RequestOptions): Promise<Upgraded> =>
    new Promise((resolve, reject) => {
      const outgoing = request({
        ca: caPem,
        cert: certificate.certificatePem,
        key: certificate.keyPem,
        // A log that is followed may stay open for hours: it gets a connection of its own.
        agent: false,
        ...options,
      });
      const timer = clock.setTimeout(() => {
        outgoing.destroy(new Error(`no answer within ${ANSWER_TIMEOUT_MS / 1000} s`));
      }, ANSWER_TIMEOUT_MS);
      const answered = (said: Upgraded): void => {
        timer.cancel();
        resolve(said);
      };
      outgoing.on('response', (answer) => answered({ answer }));
      outgoing.on('upgrade', (answer, socket, head) => answered({ answer, connection: { socket, head } }));
      outgoing.on('error', (error) => {
        timer.cancel();
        reject(error);
      });
      outgoing.end();
    });
  return {
    get: async ({ host, port }, path, signal) => (await send({ host, port, path, signal })).answer,
    upgrade: ({ host, port }, { method, path, headers }) => send({ host, port, method, path, headers }),
  };
}
