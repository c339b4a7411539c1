import type { ClusterApi } from '../api/store.js';
import type { KubeObject } from '../objects.js';

/** A Service as the DNS and the service proxy read it. */
export interface ServiceView {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly headless: boolean;
  readonly clusterIps: readonly string[];
  readonly externalName: string | undefined;
  readonly ports: readonly PortView[];
  /** Addresses that a load balancer has for it. */
  readonly balancerIps: readonly string[];
  /** `internalTrafficPolicy: Local`. */
  readonly internalLocal: boolean;
  /** `externalTrafficPolicy: Local`. */
  readonly externalLocal: boolean;
  /** `sessionAffinity: ClientIP`: how long a client that comes no more is remembered (ms). */
  readonly affinityMs: number | undefined;
}

export interface PortView {
  readonly name: string;
  /** Lower case: `tcp`. */
  readonly protocol: string;
  /** Absent in slices that name a port without a number. */
  readonly port: number | undefined;
  /** Of a Service: the port on every node. */
  readonly nodePort?: number | undefined;
}

/** One endpoint of one slice. */
export interface EndpointView {
  readonly addresses: readonly string[];
  readonly hostname: string | undefined;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly node: string | undefined;
  /** Hints: zones and nodes that should use it; empty: none. */
  readonly forZones: readonly string[];
  readonly forNodes: readonly string[];
}

export interface SliceView {
  readonly endpoints: readonly EndpointView[];
  readonly ports: readonly PortView[];
}

/** The slices that name one Service. */
export interface ServiceSlices {
  readonly namespace: string;
  readonly service: string;
  readonly slices: Iterable<SliceView>;
}

/** What the DNS and the service proxy know of the cluster: Services with their slices, kept by watches. */
export interface ClusterView {
  hasNamespace(name: string): boolean;
  service(namespace: string, name: string): ServiceView | undefined;
  services(): Iterable<ServiceView>;
  slices(namespace: string, service: string): Iterable<SliceView>;
  /** All slices with the Service that they name, whether there is one or not. */
  allSlices(): Iterable<ServiceSlices>;
  close(): void;
}

interface RawPort {
  name?: string;
  port?: number;
  protocol?: string;
  nodePort?: number;
}

interface RawEndpoint {
  addresses?: string[];
  hostname?: string;
  nodeName?: string;
  hints?: { forZones?: { name: string }[]; forNodes?: { name: string }[] };
  conditions?: { ready?: boolean; serving?: boolean; terminating?: boolean };
}

function portView(raw: RawPort): PortView {
  return {
    name: raw.name ?? '',
    protocol: (raw.protocol ?? 'TCP').toLowerCase(),
    port: raw.port,
    nodePort: raw.nodePort,
  };
}

interface RawService {
  type?: string;
  clusterIP?: string;
  clusterIPs?: string[];
  externalName?: string;
  ports?: RawPort[];
  internalTrafficPolicy?: string;
  externalTrafficPolicy?: string;
  sessionAffinity?: string;
  sessionAffinityConfig?: { clientIP?: { timeoutSeconds?: number } };
}

interface RawServiceStatus {
  loadBalancer?: { ingress?: { ip?: string }[] };
}

/** Three hours, as the API server fills in. */
const AFFINITY_SECONDS = 10_800;

function serviceView(object: KubeObject): ServiceView {
  const spec = (object.spec ?? {}) as RawService;
  const status = (object.status ?? {}) as RawServiceStatus;
  const affinitySeconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? AFFINITY_SECONDS;
  const ips = spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : []);
  return {
    name: object.metadata.name,
    namespace: object.metadata.namespace ?? '',
    uid: object.metadata.uid ?? '',
    headless: spec.clusterIP === 'None',
    clusterIps: ips.filter((ip) => ip !== 'None' && ip !== ''),
    externalName: spec.type === 'ExternalName' ? spec.externalName : undefined,
    ports: (spec.ports ?? []).map(portView),
    balancerIps: (status.loadBalancer?.ingress ?? []).flatMap(({ ip }) => (ip ? [ip] : [])),
    internalLocal: spec.internalTrafficPolicy === 'Local',
    externalLocal: spec.externalTrafficPolicy === 'Local',
    affinityMs: spec.sessionAffinity === 'ClientIP' ? affinitySeconds * 1000 : undefined,
  };
}

/** Nil conditions follow KEP-1672: ready defaults to true, serving to ready, terminating to false. */
function endpointView(raw: RawEndpoint): EndpointView {
  const ready = raw.conditions?.ready ?? true;
  return {
    addresses: raw.addresses ?? [],
    hostname: raw.hostname,
    ready,
    serving: raw.conditions?.serving ?? ready,
    terminating: raw.conditions?.terminating ?? false,
    node: raw.nodeName,
    forZones: (raw.hints?.forZones ?? []).map(({ name }) => name),
    forNodes: (raw.hints?.forNodes ?? []).map(({ name }) => name),
  };
}

function sliceView(object: KubeObject): SliceView {
  return {
    endpoints: ((object.endpoints ?? []) as RawEndpoint[]).map(endpointView),
    ports: ((object.ports ?? []) as RawPort[]).map(portView),
  };
}

const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';

/** Watches Services, EndpointSlices and Namespaces into a view; `onChange` is called after each change of a Service or its slices. */
export function createClusterView(
  api: ClusterApi,
  onChange: (namespace: string, service: string) => void = () => {},
): ClusterView {
  const namespaces = new Set<string>();
  const services = new Map<string, ServiceView>();
  const slices = new Map<string, Map<string, SliceView>>();
  const put = (namespace: string, service: string, name: string, slice: SliceView | undefined): void => {
    const key = `${namespace}/${service}`;
    const ofService = slices.get(key) ?? new Map<string, SliceView>();
    if (slice) ofService.set(name, slice);
    else ofService.delete(name);
    if (ofService.size > 0) slices.set(key, ofService);
    else slices.delete(key);
    onChange(namespace, service);
  };
  const stops = [
    api.watch('namespaces', ({ type, object }) => {
      if (type === 'DELETED') namespaces.delete(object.metadata.name);
      else namespaces.add(object.metadata.name);
    }),
    api.watch('services', ({ type, object }) => {
      const view = serviceView(object);
      const key = `${view.namespace}/${view.name}`;
      if (type === 'DELETED') services.delete(key);
      else services.set(key, view);
      onChange(view.namespace, view.name);
    }),
    api.watch('endpointslices', ({ type, object, old }) => {
      if (object.addressType === 'FQDN') return;
      const { name, namespace = '' } = object.metadata;
      const before = old?.metadata.labels?.[SERVICE_NAME_LABEL];
      const service = object.metadata.labels?.[SERVICE_NAME_LABEL];
      // A label may change: the slice then leaves one Service for another.
      if (before && before !== service) put(namespace, before, name, undefined);
      if (service) put(namespace, service, name, type === 'DELETED' ? undefined : sliceView(object));
    }),
  ];
  return {
    hasNamespace: (name) => namespaces.has(name),
    service: (namespace, name) => services.get(`${namespace}/${name}`),
    services: () => services.values(),
    slices: (namespace, service) => slices.get(`${namespace}/${service}`)?.values() ?? [],
    *allSlices() {
      for (const [key, ofService] of slices) {
        const [namespace = '', service = ''] = key.split('/');
        yield { namespace, service, slices: ofService.values() };
      }
    },
    close() {
      for (const stop of stops) stop();
    },
  };
}
