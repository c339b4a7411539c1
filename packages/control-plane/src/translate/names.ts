import { parseTarget, type Target, type TargetDefaults } from '@fairlead/discovery';

/**
 * The one name of a target in routes, clusters and endpoints, however a client wrote it: `SERVICE.NAMESPACE[:PORT]`, with
 * `HOSTNAME.` in front for one pod.
 */
export function canonicalName({ hostname, service, namespace, port }: Target): string {
  const pod = hostname === undefined ? '' : `${hostname}.`;
  const suffix = port.kind === 'number' ? `:${port.number}` : port.kind === 'name' ? `:${port.name}` : '';
  return `${pod}${service}.${namespace}${suffix}`;
}

/**
 * The target that a resource name means: what stands after `xds:///` is read as after `k8s:///`. Undefined for a name
 * that can mean none; it stays unanswered as one of a Service that does not exist.
 */
export function targetOfName(name: string, defaults: TargetDefaults): Target | undefined {
  try {
    return parseTarget(`k8s:///${name}`, defaults);
  } catch {
    return undefined;
  }
}
