import { programPath } from '../../program-path.cjs';

/**
 * Variables of the sandbox's own environment that a container gets: what a local program needs to start. Proxies,
 * credentials and NODE_OPTIONS of the person who started the sandbox are none of the pod's business.
 */
const INHERITED = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'TZ', 'TMPDIR', 'LD_LIBRARY_PATH'];
const INHERITED_TOO = ['JAVA_HOME', 'GOROOT', 'GOPATH', 'VIRTUAL_ENV', 'PYTHONPATH', 'NODE_PATH'];

/** What the environment of every container holds. */
interface BaseEnvInput {
  readonly podIP: string;
  readonly podRoot: string;
  readonly hostname: string;
  /** `https://host:port` of the API server. */
  readonly server: string;
  /** Path of the pod's kubeconfig; absent when it has no ServiceAccount token. */
  readonly kubeconfig?: string;
  readonly graceSeconds: number;
  /** Variables that the sandbox gives to every pod. */
  readonly extra: Readonly<Record<string, string>>;
}

/** The variables that a container has before its own `env`. */
export function baseEnv(
  input: BaseEnvInput,
  host: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(host)) {
    const wanted = INHERITED.includes(name) || INHERITED_TOO.includes(name) || name.startsWith('LC_');
    if (wanted && value !== undefined) env[name] = value;
  }
  const { hostname, port } = new URL(input.server);
  return {
    ...env,
    ...input.extra,
    POD_IP: input.podIP,
    POD_ROOT: input.podRoot,
    HOSTNAME: input.hostname,
    KUBERNETES_SERVICE_HOST: hostname.replace(/^\[|\]$/g, ''),
    KUBERNETES_SERVICE_PORT: port || '443',
    FAIRLEAD_GRACE_SECONDS: String(input.graceSeconds),
    ...(input.kubeconfig === undefined ? {} : { KUBECONFIG: input.kubeconfig }),
  };
}

/**
 * Path of the preload that lets Node.js servers on `0.0.0.0` share a port (bind-shim.cts). The compiled one, also
 * when this file runs from its source.
 */
export const BIND_SHIM = programPath('node-agent/bind-shim.cjs');

/** NODE_OPTIONS with the bind shim in front of what the container asks for. */
export function withBindShim(nodeOptions: string | undefined, shim: string): string {
  const quoted = shim.replace(/["\\]/g, (char) => `\\${char}`);
  return `--require "${quoted}"${nodeOptions ? ` ${nodeOptions}` : ''}`;
}
