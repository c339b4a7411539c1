import type { KubeObject } from '../../objects.js';
import type { KindInfo, TableSpec } from '../kinds.js';
import { isExternal } from '../storage/node-ports.js';
import { AGE, column, NAME, wide } from './columns.js';
import { since } from './duration.js';
import { labelText } from './label-text.js';
import type { Service, ServiceSpec } from './service-types.js';
import { isHeadlessByHand, validateService } from './service-validation.js';
import { STORED_VERBS } from './verbs.js';

const AFFINITY_SECONDS = 10_800;

/** Services. */
export const SERVICE_KINDS: readonly KindInfo[] = [
  {
    kind: 'Service',
    resource: 'services',
    singular: 'service',
    shortNames: ['svc'],
    categories: ['all'],
    group: '',
    version: 'v1',
    namespaced: true,
    verbs: STORED_VERBS,
    subresources: ['status', 'proxy'],
    setDefaults: defaultService,
    validate: validateService,
    table: serviceTable(),
  },
];

function defaultService(object: KubeObject): void {
  const service: Service = object;
  service.spec ??= {};
  const { spec } = service;
  spec.type ||= 'ClusterIP';
  defaultAffinity(spec);
  for (const port of spec.ports ?? []) {
    port.protocol ||= 'TCP';
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') {
      if (port.port !== undefined) port.targetPort = port.port;
    }
  }
  if (spec.type !== 'ExternalName') defaultAddressing(spec);
  if (isExternal(spec)) spec.externalTrafficPolicy ||= 'Cluster';
  if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
  service.status ??= {};
  service.status.loadBalancer ??= {};
}

function defaultAffinity(spec: ServiceSpec): void {
  spec.sessionAffinity ||= 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (
    spec.sessionAffinity === 'ClientIP' &&
    spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined
  ) {
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: AFFINITY_SECONDS } };
  }
}

/**
 * `clusterIP` and `clusterIPs` are one fact in two forms. This cluster has one IP family; endpoints that somebody writes
 * by hand for a headless Service may yet be of both, as upstream.
 */
function defaultAddressing(spec: ServiceSpec): void {
  spec.internalTrafficPolicy ||= 'Cluster';
  if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP];
  if (!spec.clusterIP && spec.clusterIPs?.[0]) spec.clusterIP = spec.clusterIPs[0];
  if (!spec.ipFamilies?.length) spec.ipFamilies = [spec.clusterIP?.includes(':') ? 'IPv6' : 'IPv4'];
  spec.ipFamilyPolicy ||= isHeadlessByHand(spec) ? 'RequireDualStack' : 'SingleStack';
  const [family] = spec.ipFamilies;
  if (isHeadlessByHand(spec) && spec.ipFamilyPolicy !== 'SingleStack' && spec.ipFamilies.length === 1) {
    spec.ipFamilies.push(family === 'IPv4' ? 'IPv6' : 'IPv4');
  }
}

function serviceTable(): TableSpec {
  return {
    columns: [
      NAME,
      column('Type'),
      column('Cluster-IP'),
      column('External-IP'),
      column('Port(s)'),
      AGE,
      wide('Selector'),
    ],
    cells(object, nowMs) {
      const service: Service = object;
      const spec = service.spec ?? {};
      return [
        service.metadata.name,
        spec.type ?? '',
        spec.clusterIPs?.[0] ?? spec.clusterIP ?? '<none>',
        externalIp(service),
        ports(spec) || '<none>',
        since(service.metadata.creationTimestamp, nowMs),
        labelText(spec.selector),
      ];
    },
  };
}

function externalIp({ spec = {}, status }: Service): string {
  const external = spec.externalIPs ?? [];
  switch (spec.type) {
    case 'ClusterIP':
    case 'NodePort':
      return external.join(',') || '<none>';
    case 'LoadBalancer': {
      const ingress = (status?.loadBalancer?.ingress ?? []).map((each) => each.ip || each.hostname || '');
      return [...new Set(ingress.filter(Boolean).sort()), ...external].join(',') || '<pending>';
    }
    case 'ExternalName':
      return spec.externalName ?? '';
    default:
      return '<unknown>';
  }
}

function ports(spec: ServiceSpec): string {
  return (spec.ports ?? [])
    .map(({ port, nodePort, protocol }) => `${port}${nodePort ? `:${nodePort}` : ''}/${protocol}`)
    .join(',');
}
