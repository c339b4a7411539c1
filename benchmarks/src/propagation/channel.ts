import type { LoadBalancingConfig } from '@grpc/grpc-js';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { monotonicMs } from '#commands/wait.js';
import type { Backend } from '../backend/backend.js';
import { NAMESPACE, PORT_NAME } from '../backend/slices.js';
import { quiet, until } from '../clock.js';
import { ADDRESS_HEADER, probeOf, watchedServiceConfig } from './bench-parent.js';
import { answeredBy, callOf } from './natural-calls.js';
import type { Probe } from './probe.js';

/** How long a change took, from the moment before its event was written. */
export interface Change {
  /** The published picker can pick the new endpoint (ms). */
  readonly publishedMs: number;
  /** One call sent straight to it has been answered (ms). */
  readonly answeredMs: number;
}

/** A client of one Service of the backend, with a policy below `bench_parent`. */
export class BenchChannel {
  private readonly backend: Backend;
  private readonly service: string;
  private readonly client: Client;
  readonly probe: Probe;

  constructor(backend: Backend, service: string, policy: LoadBalancingConfig) {
    this.backend = backend;
    this.service = service;
    this.probe = probeOf(service);
    const serviceConfig = watchedServiceConfig(service, policy);
    this.client = new Client(`k8s:///${service}.${NAMESPACE}:${PORT_NAME}`, credentials.createInsecure(), {
      'fairlead.kubeconfig': backend.kubeconfig,
      'grpc.service_config': JSON.stringify(serviceConfig),
      'grpc.enable_http_proxy': 0,
    });
  }

  /** Resolves when every endpoint is connected. */
  async connected(endpoints: number): Promise<void> {
    this.client.getChannel().getConnectivityState(true);
    await until(`${endpoints} connections of ${this.service}`, () => this.probe.readyCount >= endpoints);
    await callOf(this.client);
  }

  /** Adds an endpoint, waits until it answers, and takes it away again. */
  async change(): Promise<Change> {
    const [host = ''] = await this.backend.openHosts(1);
    const address = this.backend.peer(host);
    await quiet();
    const times = await new Promise<{ publishedAtMs: number; answeredAtMs: number }>((resolve, reject) => {
      this.probe.onReady(address, () => {
        const publishedAtMs = monotonicMs();
        this.callTo(address).then(() => resolve({ publishedAtMs, answeredAtMs: monotonicMs() }), reject);
      });
      this.backend.add(this.service, host, 'grown-slice');
    });
    const writtenAtMs = await this.backend.writtenAtMs(this.service);
    this.probe.assertPickable(address);
    await this.remove(host);
    return {
      publishedMs: times.publishedAtMs - writtenAtMs,
      answeredMs: times.answeredAtMs - writtenAtMs,
    };
  }

  /** Adds an endpoint while a few callers call without pause; returns when the first of them got an answer from it (ms). */
  async firstNaturalCall(): Promise<number> {
    const [host = ''] = await this.backend.openHosts(1);
    const address = this.backend.peer(host);
    await quiet();
    const answered = answeredBy(address, () => callOf(this.client));
    this.backend.add(this.service, host, 'grown-slice');
    const answeredAtMs = await answered;
    const writtenAtMs = await this.backend.writtenAtMs(this.service);
    await this.remove(host);
    return answeredAtMs - writtenAtMs;
  }

  /** Makes one call to the address, whatever the policy would pick. */
  async callTo(address: string): Promise<void> {
    const metadata = new Metadata();
    metadata.set(ADDRESS_HEADER, address);
    const peer = await callOf(this.client, metadata);
    if (peer !== address) throw new Error(`the call to ${address} was answered by ${peer}`);
  }

  close(): void {
    this.client.close();
  }

  private async remove(host: string): Promise<void> {
    const address = this.backend.peer(host);
    this.backend.remove(this.service, host);
    await until(`${address} to leave ${this.service}`, () => !this.probe.has(address));
    this.probe.forget(address);
  }
}
