import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the Go module: etcd, API server, controller manager and scheduler in one. */
export const KUBE_FOLDER = fileURLToPath(new URL('../../kubernetes/', import.meta.url));
/** Folder of CoreDNS. */
export const COREDNS_FOLDER = fileURLToPath(new URL('../../coredns/', import.meta.url));

/** The release that go.mod names, for example `v1.36.3`. */
export function kubernetesVersion(): string {
  const file = join(KUBE_FOLDER, 'go.mod');
  const version = /k8s\.io\/kubernetes (v\d+\.\d+\.\d+)/.exec(readFileSync(file, 'utf8'))?.[1];
  if (version === undefined) throw new Error(`${file}: no version of k8s.io/kubernetes`);
  return version;
}

/** What the release scripts of Kubernetes set; without it the server calls itself v0.0.0-master. */
export function kubeLinkerFlags(): string[] {
  const version = kubernetesVersion();
  const [major = '', minor = ''] = version.slice(1).split('.');
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor };
  return Object.entries(values).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
}
