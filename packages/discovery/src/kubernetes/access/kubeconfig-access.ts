import type { Clock } from '../../clock.js';
import type { ClusterAccess } from './access.js';
import { type Entry, invalid, type Kubeconfig } from './kubeconfig.js';
import { pemField, textField } from './kubeconfig-fields.js';
import { userCredentials } from './kubeconfig-user.js';

export interface KubeconfigAccessOptions {
  readonly context?: string;
  /** Where the files came from, for messages: `KUBECONFIG=/a/b`. */
  readonly source: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}

/** Names shown in one message; a generated kubeconfig may have thousands. */
const SHOWN_CONTEXTS = 10;

function listContexts(config: Kubeconfig): string {
  const names = [...config.contexts.keys()];
  const more = names.length > SHOWN_CONTEXTS ? `, and ${names.length - SHOWN_CONTEXTS} more` : '';
  return names.length === 0 ? 'none' : names.slice(0, SHOWN_CONTEXTS).join(', ') + more;
}

function pick(
  config: Kubeconfig,
  options: KubeconfigAccessOptions,
): { context: Entry; cluster: Entry; user: Entry } {
  const file = config.files.join(', ');
  const name = options.context ?? config.currentContext;
  if (name === undefined) {
    throw invalid(file, `no current-context; the contexts are: ${listContexts(config)}`);
  }
  const context = config.contexts.get(name);
  if (!context) throw invalid(file, `no context "${name}"; the contexts are: ${listContexts(config)}`);
  const clusterName = textField(context, 'cluster') ?? '';
  const cluster = config.clusters.get(clusterName);
  if (!cluster)
    throw invalid(context.file, `context "${name}" names the cluster "${clusterName}", which is not there`);
  const userName = textField(context, 'user');
  const user = config.users.get(userName ?? '');
  if (userName !== undefined && !user) {
    throw invalid(context.file, `context "${name}" names the user "${userName}", which is not there`);
  }
  return { context, cluster, user: user ?? { ...context, name: 'anonymous', fields: {} } };
}

function serverOf(cluster: Entry): string {
  const server = textField(cluster, 'server');
  if (server === undefined) throw invalid(cluster.file, `cluster "${cluster.name}" has no server`);
  if (server.includes('@')) {
    // Not shown: what stands before the @ is a password.
    throw invalid(
      cluster.file,
      `server of cluster "${cluster.name}" holds a user: users have their own list`,
    );
  }
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.hostname === '') {
    throw invalid(
      cluster.file,
      `server "${server}" of cluster "${cluster.name}" is not an https:// or http:// URL`,
    );
  }
  if (textField(cluster, 'proxy-url') !== undefined) {
    throw invalid(
      cluster.file,
      `"proxy-url" of cluster "${cluster.name}" is not supported: reach the server directly`,
    );
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** Makes the access of one context of a merged kubeconfig. */
export function kubeconfigAccess(config: Kubeconfig, options: KubeconfigAccessOptions): ClusterAccess {
  const { context, cluster, user } = pick(config, options);
  const { clock, env, source } = options;
  const server = serverOf(cluster);
  const insecure = cluster.fields['insecure-skip-tls-verify'] === true;
  const ca = pemField(cluster, 'certificate-authority', clock);
  if (insecure && ca) {
    throw invalid(
      cluster.file,
      `cluster "${cluster.name}" has both insecure-skip-tls-verify and a certificate-authority`,
    );
  }
  const tlsServerName = textField(cluster, 'tls-server-name');
  const { credentials, invalidate, detail } = userCredentials(user, { cluster, server, ca, env, clock });
  return {
    server,
    namespace: textField(context, 'namespace') ?? 'default',
    insecure,
    origin: `${source} context ${context.name}, user ${user.name}${detail === '' ? '' : ` (${detail})`}`,
    user: user.name,
    ca: () => ca?.(),
    credentials,
    invalidate,
    ...(tlsServerName === undefined ? {} : { tlsServerName }),
  };
}
