import { Client, credentials } from '@grpc/grpc-js';
import { register } from '@grpc/grpc-js-xds';
import type { Backend } from '../backend/backend.js';
import { NAMESPACE } from '../backend/slices.js';
import { quiet } from '../clock.js';
import { answeredBy, callOf } from '../propagation/natural-calls.js';

/** How often all endpoints together are called, for each of them, before some that did not answer count as missing. */
const CALLS_PER_ENDPOINT = 200;

/** grpc-js-xds as an application uses it. It reads the environment once, so there is one port in a process. */
export class XdsClient {
  readonly #backend: Backend;
  readonly #service: string;
  readonly #client: Client;

  constructor(backend: Backend, service: string, port: number) {
    this.#backend = backend;
    this.#service = service;
    process.env.GRPC_XDS_BOOTSTRAP_CONFIG = JSON.stringify({
      xds_servers: [{ server_uri: `127.0.0.1:${port}`, channel_creds: [{ type: 'insecure' }] }],
      node: { id: 'bench', locality: {} },
    });
    register();
    // By its only port: grpc-js makes a URL of the name, in which a port must be a number.
    const target = `xds:///${service}.${NAMESPACE}`;
    this.#client = new Client(target, credentials.createInsecure(), { 'grpc.enable_http_proxy': 0 });
  }

  /** Resolves when so many endpoints have answered. */
  async connected(endpoints: number): Promise<void> {
    const peers = new Set<string>();
    for (let calls = 0; peers.size < endpoints; calls++) {
      if (calls > endpoints * CALLS_PER_ENDPOINT)
        throw new Error(`${peers.size} of ${endpoints} endpoints of ${this.#service} answer`);
      peers.add(await callOf(this.#client));
    }
  }

  /** As that of `BenchChannel` (ms). */
  async firstNaturalCall(): Promise<number> {
    const [host = ''] = await this.#backend.openHosts(1);
    await quiet();
    const answered = answeredBy(this.#backend.peer(host), () => callOf(this.#client));
    this.#backend.add(this.#service, host, 'grown-slice');
    const answeredAtMs = await answered;
    const writtenAtMs = await this.#backend.writtenAtMs(this.#service);
    this.#backend.remove(this.#service, host);
    return answeredAtMs - writtenAtMs;
  }

  close(): void {
    this.#client.close();
  }
}
