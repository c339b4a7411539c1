import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request } from 'node:https';
import {
  type ApiServer,
  type ApiServerOptions,
  bootstrapCluster,
  type CertificateAuthority,
  type ClusterStore,
  createApiServer,
  createCertificateAuthority,
  createClusterStore,
  type KeyPair,
} from '../src/api/index.js';

/** An answer, read to its end. */
export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into by the tests themselves
  readonly json: any;
}

export interface CallOptions {
  readonly body?: string | object;
  readonly headers?: Record<string, string>;
  /** null: without one. Default: an administrator's. */
  readonly token?: string | null;
  readonly certificate?: KeyPair;
}

/** One line of a watch. */
export interface WatchLine {
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly object: any;
}

/** An open watch. */
export interface Watching {
  readonly lines: readonly WatchLine[];
  /** Resolves with the code of the error that ended it, or `end`. */
  readonly ended: Promise<string>;
  readonly response: IncomingMessage;
  /** Waits until there are `count` lines. */
  until(count: number): Promise<readonly WatchLine[]>;
  close(): void;
}

/** A started API server with a client. */
export interface ApiRig {
  readonly api: ApiServer;
  readonly store: ClusterStore;
  readonly ca: CertificateAuthority;
  readonly token: string;
  call(method: string, path: string, options?: CallOptions): Promise<Reply>;
  watch(path: string, options?: CallOptions): Promise<Watching>;
  close(): Promise<void>;
}

const DEADLINE_MS = 10_000;

/** Starts an API server on a free port of 127.0.0.1. */
export async function startApi(options: Partial<ApiServerOptions> = {}): Promise<ApiRig> {
  const store = options.clusterStore ?? createClusterStore({ serviceCidr: '127.0.96.0/20' });
  bootstrapCluster(store);
  const ca = createCertificateAuthority();
  const api = createApiServer({ host: '127.0.0.1', port: 0, clusterStore: store, ca, ...options });
  await api.start();
  const token = api.addUser({ username: 'admin', groups: ['system:masters'] });
  const open = new Set<Watching>();

  function send(method: string, path: string, sent: CallOptions = {}): Promise<IncomingMessage> {
    const { certificate } = sent;
    const body = typeof sent.body === 'object' ? JSON.stringify(sent.body) : sent.body;
    const bearer = sent.token === undefined ? (certificate ? null : token) : sent.token;
    const headers = {
      ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
      ...(body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
      ...sent.headers,
    };
    return new Promise((resolve, reject) => {
      const outgoing = request(
        `${api.url}${path}`,
        {
          method,
          headers,
          ca: ca.certificatePem,
          agent: false,
          ...(certificate ? { cert: certificate.certificatePem, key: certificate.keyPem } : {}),
        },
        resolve,
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  return {
    api,
    store,
    ca,
    token,
    async call(method, path, sent) {
      const response = await send(method, path, sent);
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      const text = Buffer.concat(chunks).toString('utf8');
      const isJson = response.headers['content-type']?.includes('json');
      return {
        status: response.statusCode ?? 0,
        headers: response.headers,
        text,
        json: isJson ? JSON.parse(text) : undefined,
      };
    },
    async watch(path, sent) {
      const watching = follow(await send('GET', path, sent));
      open.add(watching);
      return watching;
    },
    async close() {
      for (const watching of open) watching.close();
      await api.close();
    },
  };
}

function follow(response: IncomingMessage): Watching {
  const lines: WatchLine[] = [];
  let wake = () => {};
  let rest = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) lines.push(JSON.parse(line));
    wake();
  });
  const ended = new Promise<string>((resolve) => {
    response.once('end', () => resolve('end'));
    response.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
  return {
    lines,
    ended,
    response,
    until: (count) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          reject(new Error(`only ${lines.length} of ${count} lines: ${JSON.stringify(lines)}`));
        }, DEADLINE_MS);
        wake = () => {
          if (lines.length < count) return;
          clearTimeout(timer);
          resolve(lines);
        };
        wake();
      }),
    close: () => void response.destroy(),
  };
}

/** A ConfigMap to write. */
export function configMap(
  name: string,
  data: Record<string, string> = {},
  labels: Record<string, string> = {},
) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default', labels }, data };
}

/** The path of ConfigMaps in the namespace `default`. */
export const MAPS = '/api/v1/namespaces/default/configmaps';

/** A Deployment to write. */
export function deployment(name: string, replicas = 2) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    },
  };
}

/** A Pod to write. */
export function pod(name: string, spec: Record<string, unknown> = {}) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
  };
}
