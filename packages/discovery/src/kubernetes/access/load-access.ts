import { homedir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../clock.js';
import { DiscoveryError } from '../../errors.js';
import type { AccessOptions, ClusterAccess } from './access.js';
import { inClusterAccess } from './in-cluster.js';
import { readKubeconfig, splitPaths } from './kubeconfig.js';
import { kubeconfigAccess } from './kubeconfig-access.js';

const IN_CLUSTER_DIR = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Finds out how to reach the API server, synchronously: the option `kubeconfig`, then `KUBECONFIG`, then the files of
 * the pod's service account, then `~/.kube/config`. Throws ACCESS_INVALID when nothing is found (with all that was
 * looked for) or when what is found cannot be used.
 */
export function loadAccess(options: AccessOptions = {}): ClusterAccess {
  const { context, env = process.env, clock = systemClock, inClusterDir = IN_CLUSTER_DIR } = options;
  const more = { env, clock, ...(context === undefined ? {} : { context }) };
  const asked = [
    { list: options.kubeconfig, what: 'option kubeconfig' },
    { list: env.KUBECONFIG, what: 'KUBECONFIG' },
  ];
  for (const { list, what } of asked) {
    if (list === undefined || list === '') continue;
    const config = readKubeconfig(splitPaths(list));
    if (!config) throw new DiscoveryError('ACCESS_INVALID', `${what}: no such file: ${list}`);
    return kubeconfigAccess(config, { ...more, source: what === 'KUBECONFIG' ? `KUBECONFIG=${list}` : list });
  }

  const missing = ['KUBECONFIG (not set)'];
  // A pod's own account has no contexts: whoever names one means a file.
  const own = context === undefined ? inClusterAccess({ env, dir: inClusterDir, clock }) : undefined;
  if (typeof own === 'object') return own;
  if (own !== undefined) missing.push(own);

  const path = join(options.homeDir ?? homedir(), '.kube', 'config');
  const config = readKubeconfig([path]);
  if (config) return kubeconfigAccess(config, { ...more, source: path });
  missing.push(`${path} (no such file)`);
  throw new DiscoveryError(
    'ACCESS_INVALID',
    `no access to a cluster found; looked for: ${missing.join('; ')}`,
  );
}
