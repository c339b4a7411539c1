import type { OutgoingHttpHeaders } from 'node:http';
import { Agent, request } from 'node:https';
import { loadAccess } from '@fairlead/discovery/kubernetes';
import { type Sandbox, startSandbox } from '@fairlead/sandbox';
import { Objection } from '../target.js';

/** So many inputs are written into one cluster; then it holds enough rubbish. */
const INPUTS_PER_CLUSTER = 200;
/** An answer must have begun by then (ms). */
const ANSWER_MS = 10_000;
/** A watch goes on for ever: it is read for so long (ms). */
const WATCH_MS = 20;

/**
 * Whether a text tells of an error that nobody has thought of. Upstream, too, answers 500 now and then (to a new object
 * with a version), 504 to a version that is yet to come, and 500 when an agent cannot be reached.
 */
export function isDefect(text: string): boolean {
  return (
    text.includes('Internal error occurred: ') &&
    !/occurred: (?:node \\*"|Get \\*"|error dialing backend: )/.test(text)
  );
}

/** One request as it goes over the wire. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string;
}

/** An answer, of which a watch is only the beginning. */
export interface Answered {
  readonly status: number;
  readonly text: string;
  readonly whole: boolean;
}

interface Access {
  readonly server: string;
  readonly ca: string;
  readonly token: string;
}

async function accessOf(kubeconfig: string): Promise<Access> {
  const access = loadAccess({ kubeconfig });
  const { token = '' } = await access.credentials();
  return { server: access.server, ca: access.ca() ?? '', token };
}

/**
 * A sandbox without nodes: API server, controllers, DNS and service proxy, all of which read what is written to it.
 * Failures that its logger is told of are kept.
 */
export class RunningSandbox {
  #sandbox: Sandbox | undefined;
  #access: Access | undefined;
  #agent: Agent | undefined;
  #inputs = 0;
  readonly #failures: string[] = [];

  /** The cluster for the next input: a new one when the old one has seen enough. */
  async next(): Promise<Sandbox> {
    if (this.#sandbox !== undefined && this.#inputs++ < INPUTS_PER_CLUSTER) return this.#sandbox;
    await this.close();
    const quiet = (): void => {};
    const error = (message: string, fields: object = {}): void => {
      if (message === 'API server failure' && !isDefect(JSON.stringify(fields))) return;
      void this.#failures.push(
        `${message}: ${JSON.stringify(fields, (_, value) => (value instanceof Error ? value.stack : value))}`,
      );
    };
    const warn = (message: string, fields: object = {}): void => {
      // What a controller cannot do is a warning; that it stumbled is a defect.
      if (/TypeError|RangeError|ReferenceError/.test(JSON.stringify(fields))) error(message, fields);
    };
    this.#sandbox = await startSandbox({
      port: 0,
      nodes: [],
      logger: { debug: quiet, info: quiet, warn, error },
    });
    this.#access = await accessOf(this.#sandbox.kubeconfig);
    this.#agent = new Agent({ keepAlive: true, ca: this.#access.ca });
    this.#inputs = 0;
    return this.#sandbox;
  }

  /** Throws the first failure since the last call. */
  checkFailures(): void {
    const [first] = this.#failures.splice(0);
    if (first !== undefined) throw new Objection(`the sandbox reports ${first}`);
  }

  /** Sends a request as the administrator. Rejects when no answer begins. */
  send({ method, path, headers, body }: Asked): Promise<Answered> {
    const { server, token } = this.#access!;
    return new Promise((resolve, reject) => {
      const sent = {
        authorization: `Bearer ${token}`,
        'content-length': Buffer.byteLength(body),
        ...headers,
      };
      const outgoing = request(server + path, {
        method,
        headers: sent,
        agent: this.#agent!,
        timeout: ANSWER_MS,
      });
      outgoing.on('timeout', () => outgoing.destroy(new Objection(`no answer to ${method} ${path}`)));
      outgoing.on('error', reject);
      outgoing.on('response', (incoming) => {
        const chunks: Buffer[] = [];
        const done = (whole: boolean): void => {
          clearTimeout(timer);
          resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString(), whole });
        };
        const isStream = incoming.headers['content-length'] === undefined;
        const timer = setTimeout(
          () => {
            done(false);
            outgoing.destroy();
          },
          isStream ? WATCH_MS : ANSWER_MS,
        );
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', () => done(false));
        incoming.on('end', () => done(true));
      });
      outgoing.end(body);
    });
  }

  async close(): Promise<void> {
    this.#agent?.destroy();
    await this.#sandbox?.close();
    this.#sandbox = undefined;
  }
}
