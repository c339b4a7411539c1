import { randomInt } from 'node:crypto';
import type { Container, Pod, PodSpec } from '../kinds/pod-types.js';

/** Where a container finds its ServiceAccount. */
const ACCOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
/** An hour and seven seconds: upstream's sign that the life was not chosen by a user. */
const TOKEN_SECONDS = 3607;
const SAFE_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** What upstream's admission plugins look up for a new pod. */
export interface PodSurroundings {
  /** `automountServiceAccountToken` of the pod's ServiceAccount. */
  readonly automount: boolean | undefined;
}

/** Does to a new pod what upstream's admission does: a priority, and the volume with the account's credentials. */
export function admitPod(pod: Pod, { automount }: PodSurroundings): void {
  pod.spec ??= {};
  pod.spec.priority ??= 0;
  pod.spec.preemptionPolicy ||= 'PreemptLowerPriority';
  if (pod.spec.automountServiceAccountToken ?? automount ?? true) mountAccount(pod.spec);
}

const lacksAccount = ({ volumeMounts = [] }: Container): boolean =>
  volumeMounts.every(({ mountPath }) => mountPath !== ACCOUNT_PATH);

function mountAccount(spec: PodSpec): void {
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])].filter(lacksAccount);
  if (containers.length === 0) return;
  const suffix = Array.from({ length: 5 }, () => SAFE_ALPHABET[randomInt(SAFE_ALPHABET.length)]).join('');
  const name = `kube-api-access-${suffix}`;
  const namespace = { path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } };
  spec.volumes = [
    ...(spec.volumes ?? []),
    {
      name,
      projected: {
        sources: [
          { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: 'token' } },
          { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
          { downwardAPI: { items: [namespace] } },
        ],
        defaultMode: 0o644,
      },
    },
  ];
  for (const container of containers) {
    container.volumeMounts = [
      ...(container.volumeMounts ?? []),
      { name, readOnly: true, mountPath: ACCOUNT_PATH },
    ];
  }
}
