import type { Clock, Random } from '../../clock.js';
import type { KubeClient, KubeObject, ResourceRef } from '../client/client.js';
import { ObjectWatch } from '../object-watch.js';
import type { ServiceFields, ServicePort, ServiceView } from './port-rule.js';

/** The resource that holds Service objects. */
export const SERVICES: ResourceRef = { group: '', version: 'v1', resource: 'services' };

/** Annotations of this prefix on a Service configure its clients; all others are none of theirs. */
export const ANNOTATION_PREFIX = 'fairlead.dev/';

export interface ServiceWatchOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly onChange: () => void;
}

function portsOf(spec: Record<string, unknown>): ServicePort[] {
  const ports = Array.isArray(spec.ports) ? (spec.ports as (Record<string, unknown> | null)[]) : [];
  return ports.flatMap((each) => {
    if (typeof each?.port !== 'number' || (each.protocol ?? 'TCP') !== 'TCP') return [];
    const { port, name, targetPort } = each;
    const target = typeof targetPort === 'number' || typeof targetPort === 'string' ? targetPort : port;
    return [{ name: typeof name === 'string' ? name : '', port, targetPort: target }];
  });
}

function annotationsOf({ metadata }: KubeObject): Record<string, string> {
  const own = Object.entries(metadata.annotations ?? {}).filter(
    ([name, value]) => name.startsWith(ANNOTATION_PREFIX) && typeof value === 'string',
  );
  return Object.fromEntries(own.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function fieldsOf(object: KubeObject): ServiceFields {
  const spec = (object.spec ?? {}) as Record<string, unknown>;
  const external = spec.type === 'ExternalName' && typeof spec.externalName === 'string';
  const annotations = annotationsOf(object);
  const { uid } = object.metadata;
  return {
    ports: portsOf(spec),
    hasSelector: Object.keys((spec.selector ?? {}) as object).length > 0,
    ...(external ? { externalName: spec.externalName as string } : {}),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    ...(uid === undefined ? {} : { uid }),
  };
}

/** What of a Service object matters here. */
export function viewOf(object: KubeObject): ServiceView {
  return { kind: 'found', ...fieldsOf(object) };
}

/** Keeps one Service object up to date with the verbs `get` and `watch` only. */
export function watchService(options: ServiceWatchOptions): ObjectWatch<ServiceFields> {
  return new ObjectWatch({ ...options, ref: SERVICES, read: fieldsOf });
}
