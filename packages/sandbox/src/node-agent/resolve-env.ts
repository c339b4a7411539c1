import type { DataReader } from './data.js';
import { expand } from './expansion.js';
import type { Container, EnvFromSource, EnvVar, Pod } from './pod.js';
import { resourceValue } from './resource-field.js';

/** A container cannot be made as its spec says; becomes `CreateContainerConfigError`. */
class ContainerConfigError extends Error {
  override readonly name = 'ContainerConfigError';
}

/** What a container's environment is made from. */
interface EnvInput {
  readonly pod: Pod;
  readonly container: Container;
  readonly podIP: string;
  readonly hostIP: string;
  /** Variables that are there before those of the container; the container's win. */
  readonly base: Readonly<Record<string, string>>;
  readonly read: DataReader;
}

/** The environment of a container: `base`, then `envFrom`, then `env` with `$(NAME)` expanded. */
export async function resolveEnv(input: EnvInput): Promise<Record<string, string>> {
  const env: Record<string, string> = { ...input.base };
  for (const source of input.container.envFrom ?? []) Object.assign(env, await envFrom(source, input));
  for (const variable of input.container.env ?? []) {
    const value = await envValue(variable, input, env);
    if (value !== undefined) env[variable.name] = value;
  }
  return env;
}

/** The value of a downward API field; throws for a path that it does not have. */
export function fieldValue(pod: Pod, fieldPath: string, ips: { podIP: string; hostIP: string }): string {
  const keyed = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(fieldPath);
  if (keyed) return pod.metadata[keyed[1] as 'labels' | 'annotations']?.[keyed[2]!] ?? '';
  switch (fieldPath) {
    case 'metadata.name':
      return pod.metadata.name;
    case 'metadata.namespace':
      return pod.metadata.namespace;
    case 'metadata.uid':
      return pod.metadata.uid;
    case 'metadata.labels':
      return formatMap(pod.metadata.labels);
    case 'metadata.annotations':
      return formatMap(pod.metadata.annotations);
    case 'spec.nodeName':
      return pod.spec.nodeName ?? '';
    case 'spec.serviceAccountName':
      return pod.spec.serviceAccountName ?? 'default';
    case 'status.podIP':
    case 'status.podIPs':
      return ips.podIP;
    case 'status.hostIP':
    case 'status.hostIPs':
      return ips.hostIP;
    default:
      throw new ContainerConfigError(
        `fieldRef "${fieldPath}" is not supported: accepted are metadata.name, .namespace, .uid, .labels['KEY'], .annotations['KEY'], spec.nodeName, spec.serviceAccountName, status.podIP, status.podIPs, status.hostIP, status.hostIPs`,
      );
  }
}

function formatMap(map: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(map ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n');
}

async function envValue(
  variable: EnvVar,
  input: EnvInput,
  env: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const from = variable.valueFrom;
  if (!from) return expand(variable.value ?? '', (name) => env[name]);
  if (from.fieldRef) return fieldValue(input.pod, from.fieldRef.fieldPath, input);
  if (from.resourceFieldRef) {
    const { container, pod } = input;
    const { initContainers = [], containers } = pod.spec;
    const field = { containerName: container.name, ...from.resourceFieldRef };
    return resourceValue(field, [container, ...initContainers, ...containers]);
  }
  for (const [kind, ref] of [
    ['configmap', from.configMapKeyRef],
    ['secret', from.secretKeyRef],
  ] as const) {
    if (!ref) continue;
    const data = await input.read(kind, ref.name ?? '');
    const value = data?.[ref.key]?.toString();
    if (value !== undefined || ref.optional) return value;
    if (!data) throw new ContainerConfigError(`${kind} "${ref.name ?? ''}" not found`);
    const title = kind === 'secret' ? 'Secret' : 'ConfigMap';
    throw new ContainerConfigError(
      `couldn't find key ${ref.key} in ${title} ${input.pod.metadata.namespace}/${ref.name ?? ''}`,
    );
  }
  throw new ContainerConfigError(
    `env "${variable.name}": valueFrom has ${Object.keys(from).join(', ') || 'nothing'}: accepted are fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef`,
  );
}

async function envFrom(source: EnvFromSource, input: EnvInput): Promise<Record<string, string>> {
  const ref = source.configMapRef ?? source.secretRef;
  const kind = source.configMapRef ? 'configmap' : 'secret';
  const data = await input.read(kind, ref?.name ?? '');
  if (!data && !ref?.optional) throw new ContainerConfigError(`${kind} "${ref?.name ?? ''}" not found`);
  return Object.fromEntries(
    Object.entries(data ?? {}).map(([key, value]): [string, string] => [
      `${source.prefix ?? ''}${key}`,
      value.toString(),
    ]),
  );
}
