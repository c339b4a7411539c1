import https from 'node:https';
import { StringDecoder } from 'node:string_decoder';
import { loadAccess } from '@fairlead/discovery/kubernetes';
import { monotonicMs } from '#commands/wait.js';
import { endpointsOf, type Slice } from '../cluster/slices.js';
import { NAMESPACE, SERVICE } from './slices-under-load.js';

const QUERY = new URLSearchParams({
  watch: 'true',
  sendInitialEvents: 'true',
  resourceVersionMatch: 'NotOlderThan',
  allowWatchBookmarks: 'true',
  labelSelector: `kubernetes.io/service-name=${SERVICE}`,
});

/** One HTTPS request, lines, `JSON.parse`, a map: what reading a watch costs at least. Nothing is made of it. */
export class Floor {
  parseMs = 0;
  bytes = 0;
  events = 0;
  readonly #slices = new Map<string, Slice>();
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  async open(kubeconfig: string): Promise<void> {
    const access = loadAccess({ kubeconfig });
    const { token } = await access.credentials();
    const path = `/apis/discovery.k8s.io/v1/namespaces/${NAMESPACE}/endpointslices?${QUERY}`;
    const headers = { authorization: `Bearer ${token}` };
    const request = https.get(new URL(path, access.server), { headers, ca: access.ca() }, (response) => {
      response.on('data', (chunk: Buffer) => this.#take(chunk));
    });
    request.on('error', (error) => {
      throw error;
    });
  }

  /** Addresses that are ready, sorted. */
  ready(): string[] {
    return endpointsOf([...this.#slices.values()])
      .filter(({ ready }) => ready)
      .map(({ key }) => key);
  }

  #take(chunk: Buffer): void {
    this.bytes += chunk.length;
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#read(line);
  }

  #read(line: string): void {
    const startMs = monotonicMs();
    const { type, object } = JSON.parse(line) as { type: string; object: Slice };
    this.parseMs += monotonicMs() - startMs;
    if (type === 'BOOKMARK') return;
    this.events++;
    this.#slices.set(object.metadata.name ?? '', object);
  }
}
