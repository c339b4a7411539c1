import type { Target } from '@fairlead/discovery';
import {
  type KubeClient,
  KubeError,
  type KubeObject,
  type ResourceRef,
} from '@fairlead/discovery/kubernetes';
import { type Check, failed } from './report.js';

const SERVICES: ResourceRef = { group: '', version: 'v1', resource: 'services' };
const NAMESPACES: ResourceRef = { group: '', version: 'v1', resource: 'namespaces' };
/** Namespaces named in one message. */
const SHOWN = 3;

/** Namespaces that have a Service of that name; none where the caller may not list them all. */
async function namespacesWith(client: Pick<KubeClient, 'list'>, service: string): Promise<string[]> {
  const query = { fieldSelector: `metadata.name=${service}`, limit: 100 };
  const { items } = await client
    .list<KubeObject>(SERVICES, { query })
    .catch(() => ({ items: [] as KubeObject[] }));
  return items.map(({ metadata }) => metadata.namespace ?? '').sort();
}

async function isMissing(client: Pick<KubeClient, 'get'>, namespace: string): Promise<boolean> {
  return client.get(NAMESPACES, namespace).then(
    () => false,
    (error: unknown) => error instanceof KubeError && error.status === 404,
  );
}

/** A target with the namespace spelled out. */
export function targetIn(namespace: string, { hostname, service, port }: Target): string {
  const suffix = port.kind === 'number' ? `:${port.number}` : port.kind === 'name' ? `:${port.name}` : '';
  const pod = hostname === undefined ? '' : `${hostname}.`;
  return `k8s:///${pod}${service}.${namespace}${suffix}`;
}

/** Says that a Service does not exist where it was looked for, and where it does, as far as that may be seen. */
export async function missingService(
  client: Pick<KubeClient, 'get' | 'list'>,
  target: Target,
): Promise<Check> {
  const { service, namespace } = target;
  const [elsewhere, noNamespace] = await Promise.all([
    namespacesWith(client, service),
    isMissing(client, namespace),
  ]);
  const what = noNamespace
    ? `there is no namespace ${namespace}`
    : `Service ${service} in namespace ${namespace} does not exist`;
  if (elsewhere.length === 0) {
    const fix = noNamespace
      ? 'kubectl get namespaces lists what there is'
      : `kubectl get services -n ${namespace} lists what there is`;
    return failed('service', what, fix);
  }
  const shown = elsewhere.slice(0, SHOWN);
  const more = elsewhere.length > SHOWN ? `, and ${elsewhere.length - SHOWN} more` : '';
  const where = `${elsewhere.length === 1 ? 'namespace' : 'namespaces'} ${shown.join(', ')}${more}`;
  const targets = shown.map((each) => targetIn(each, target));
  return failed(
    'service',
    `${what}; ${service} exists in ${where}`,
    `dial ${targets.join(' or ')}, or apply the Service in ${namespace}`,
  );
}
