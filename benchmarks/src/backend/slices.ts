import type { Placement } from './commands.js';

/** Namespace of every Service of the benchmarks. */
export const NAMESPACE = 'bench';
/** Name of the one port of every slice. */
export const PORT_NAME = 'grpc';
/** As the EndpointSlice controller fills them. */
const SLICE_SIZE = 100;

interface Slice {
  readonly name: string;
  readonly hosts: string[];
  version: number;
}

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED';

function endpointObject(host: string, service: string): object {
  const digits = host
    .split('.')
    .map((part) => part.padStart(3, '0'))
    .join('');
  const odd = Number(digits) % 2 === 1;
  return {
    addresses: [host],
    conditions: { ready: true, serving: true, terminating: false },
    targetRef: {
      kind: 'Pod',
      namespace: NAMESPACE,
      name: `${service}-7d9f8c6b5-${digits.slice(-6)}`,
      uid: `5b0c7e9a-1f63-4c7d-9a2e-${digits}`,
    },
    nodeName: odd ? 'node-1.cluster.internal' : 'node-2.cluster.internal',
    zone: odd ? 'zone-a' : 'zone-b',
  };
}

/** The EndpointSlices of one Service, as an API server shows them. */
export class ServiceSlices {
  readonly service: string;
  private readonly port: number;
  private readonly slices: Slice[] = [];
  private version = 1;

  /** The first slice has room for one more, the others are full: so an added endpoint may grow the largest event. */
  constructor(service: string, port: number, hosts: readonly string[]) {
    this.service = service;
    this.port = port;
    const first = hosts.slice(0, SLICE_SIZE - 1);
    this.slices.push(this.slice('0', first));
    for (let from = first.length; from < hosts.length; from += SLICE_SIZE) {
      this.slices.push(this.slice(String(this.slices.length), hosts.slice(from, from + SLICE_SIZE)));
    }
  }

  /** One event for each slice, as at the start of a watch. */
  initialEvents(): string[] {
    return this.slices.map((slice) => this.event('ADDED', slice));
  }

  add(host: string, placement: Placement): string {
    if (placement === 'grown-slice') return this.change((hosts) => hosts.push(host));
    const slice = this.slice('new', [host]);
    this.slices.push(slice);
    return this.event('ADDED', slice);
  }

  remove(host: string): string {
    const index = this.slices.findIndex(({ hosts }) => hosts.includes(host));
    const slice = this.slices[index];
    if (slice === undefined) throw new Error(`${this.service} has no endpoint ${host}`);
    if (index === 0) return this.change((hosts) => hosts.splice(hosts.indexOf(host), 1));
    this.slices.splice(index, 1);
    slice.version = ++this.version;
    return this.event('DELETED', slice);
  }

  touch(): string {
    return this.change(() => {});
  }

  private change(edit: (hosts: string[]) => void): string {
    const [slice] = this.slices;
    if (slice === undefined) throw new Error(`${this.service} has no slice`);
    edit(slice.hosts);
    slice.version = ++this.version;
    return this.event('MODIFIED', slice);
  }

  private slice(suffix: string, hosts: readonly string[]): Slice {
    return { name: `${this.service}-${suffix}`, hosts: [...hosts], version: ++this.version };
  }

  private event(type: WatchEventType, { name, hosts, version }: Slice): string {
    const object = {
      kind: 'EndpointSlice',
      apiVersion: 'discovery.k8s.io/v1',
      metadata: {
        name,
        generateName: `${this.service}-`,
        namespace: NAMESPACE,
        uid: `c1d2e3f4-0000-4000-8000-${name.length.toString().padStart(12, '0')}`,
        resourceVersion: String(version),
        generation: version,
        creationTimestamp: '2026-01-01T00:00:00Z',
        labels: {
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
          'kubernetes.io/service-name': this.service,
          'service.kubernetes.io/headless': '',
        },
      },
      addressType: 'IPv4',
      endpoints: hosts.map((host) => endpointObject(host, this.service)),
      ports: [{ name: PORT_NAME, port: this.port, protocol: 'TCP' }],
    };
    return line({ type, object });
  }
}

function line(event: object): string {
  return `${JSON.stringify(event)}\n`;
}

/** The bookmark that ends the initial events of a watch. A watch is never resumed here, so any version will do. */
export function bookmark(): string {
  const metadata = {
    resourceVersion: '1',
    annotations: { 'k8s.io/initial-events-end': 'true' },
    creationTimestamp: null,
  };
  const object = { kind: 'EndpointSlice', apiVersion: 'discovery.k8s.io/v1', metadata };
  return line({ type: 'BOOKMARK', object: { ...object, addressType: '', endpoints: null, ports: null } });
}
