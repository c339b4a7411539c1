import { readFileSync } from 'node:fs';

/** The label by which Kubernetes names a zone: on nodes, and from 1.35 on, by KEP-4742, on their pods. */
export const ZONE_LABEL = 'topology.kubernetes.io/zone';
/** Where the downward API's documentation mounts the labels of a pod. */
export const POD_LABELS_PATH = '/etc/podinfo/labels';

/** The value of a label in the file that the kubelet writes: a line `name="value"` for each, quoted as Go does. */
export function labelIn(text: string, name: string): string | undefined {
  const line = text.split('\n').find((each) => each.startsWith(`${name}=`));
  return /^"([A-Za-z0-9._-]+)"\s*$/.exec(line?.slice(name.length + 1) ?? '')?.[1];
}

/** The zone that the labels of this pod name; undefined: they are not mounted there, or name none. */
export function zoneOfPod(path: string): string | undefined {
  try {
    return labelIn(readFileSync(path, 'utf8'), ZONE_LABEL);
  } catch {
    // Most processes have no such file: it is one place among several.
    return undefined;
  }
}
