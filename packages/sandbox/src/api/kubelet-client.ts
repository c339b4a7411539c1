import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { Clock } from './clock.js';
import type { KeyPair } from './pki/x509.js';

/** Where the agent of a node listens. */
export interface KubeletAddress {
  readonly host: string;
  readonly port: number;
}

/** Asks node agents, as the API server does for logs. */
export interface KubeletClient {
  /** Resolves with the headers; the caller reads the body. Rejects when the agent cannot be reached or proved. */
  get(address: KubeletAddress, path: string, signal: AbortSignal): Promise<IncomingMessage>;
}

/** An agent that does not answer within this time is given up; the body may take as long as it likes. */
const ANSWER_TIMEOUT_MS = 10_000;

/** Trusts agents whose certificate the cluster's authority signed and shows them the API server's own. */
export function createKubeletClient(caPem: string, certificate: KeyPair, clock: Clock): KubeletClient {
  return {
    get: ({ host, port }, path, signal) =>
      new Promise((resolve, reject) => {
        const outgoing = request(
          {
            host,
            port,
            path,
            ca: caPem,
            cert: certificate.certificatePem,
            key: certificate.keyPem,
            // A log that is followed may stay open for hours: it gets a connection of its own.
            agent: false,
            signal,
          },
          (answer) => {
            timer.cancel();
            resolve(answer);
          },
        );
        const timer = clock.setTimeout(() => {
          outgoing.destroy(new Error(`no answer within ${ANSWER_TIMEOUT_MS / 1000} s`));
        }, ANSWER_TIMEOUT_MS);
        outgoing.on('error', (error) => {
          timer.cancel();
          reject(error);
        });
        outgoing.end();
      }),
  };
}
