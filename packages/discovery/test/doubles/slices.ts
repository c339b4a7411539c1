import type { KubeObject } from '../../src/kubernetes/client/client.js';

export interface EndpointFields {
  readonly host: string;
  readonly uid?: string;
  readonly pod?: string;
  readonly hostname?: string;
  readonly node?: string;
  readonly zone?: string;
  readonly ready?: boolean | null;
  readonly serving?: boolean | null;
  readonly terminating?: boolean | null;
}

export interface SliceFields {
  readonly name: string;
  readonly service?: string;
  readonly namespace?: string;
  readonly headless?: boolean;
  readonly addressType?: string;
  readonly ports?: unknown;
  readonly endpoints?: readonly EndpointFields[];
  readonly triggerTime?: string;
  readonly resourceVersion?: string;
}

/** One endpoint as a slice holds it: ready unless said otherwise. */
function endpointJson(fields: EndpointFields): Record<string, unknown> {
  const { host, uid, pod, hostname, node, zone, ready, serving, terminating } = fields;
  return {
    addresses: [host],
    conditions: { ready, serving, terminating },
    ...(uid === undefined && pod === undefined ? {} : { targetRef: { kind: 'Pod', name: pod ?? uid, uid } }),
    ...(hostname === undefined ? {} : { hostname }),
    ...(node === undefined ? {} : { nodeName: node }),
    ...(zone === undefined ? {} : { zone }),
  };
}

/** An EndpointSlice of the headless Service `ns/svc` with the one port `tcp` 8088, unless said otherwise. */
export function slice(fields: SliceFields): KubeObject {
  const { name, service = 'svc', namespace = 'ns', headless = true, addressType = 'IPv4' } = fields;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name,
      namespace,
      ...(fields.resourceVersion === undefined ? {} : { resourceVersion: fields.resourceVersion }),
      labels: {
        'kubernetes.io/service-name': service,
        ...(headless ? { 'service.kubernetes.io/headless': '' } : {}),
      },
      ...(fields.triggerTime === undefined
        ? {}
        : { annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': fields.triggerTime } }),
    },
    addressType,
    ports: fields.ports === undefined ? [{ name: 'tcp', port: 8088, protocol: 'TCP' }] : fields.ports,
    endpoints: fields.endpoints?.map(endpointJson) ?? null,
  };
}

/** A Service `ns/svc` with a cluster IP. */
export function service(spec: Record<string, unknown>, name = 'svc', namespace = 'ns'): KubeObject {
  return { metadata: { name, namespace }, spec };
}
