import { isAbsolute, resolve, sep } from 'node:path';
import { type Entry, type Fields, invalid, isFields } from './kubeconfig.js';

/** A credential plugin as a user entry describes it, checked. */
export interface ExecConfig {
  readonly apiVersion: string;
  /** Absolute, or a bare name to be found in PATH. */
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly installHint?: string;
  /** Value of `KUBERNETES_EXEC_INFO`, made when the plugin runs: the CA may have changed by then. */
  info(): string;
}

interface ClusterInfo {
  readonly cluster: Entry;
  readonly server: string;
  readonly ca: (() => string) | undefined;
}

const API_VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];
const INTERACTIVE_MODES = ['Never', 'IfAvailable', 'Always'];
/** Name of the cluster extension that plugins get as `spec.cluster.config`. */
const EXTENSION = 'client.authentication.k8s.io/exec';

function extensionOf(cluster: Entry): unknown {
  const { extensions } = cluster.fields;
  if (!Array.isArray(extensions)) return undefined;
  const found: unknown = extensions.find((each) => isFields(each) && each.name === EXTENSION);
  return isFields(found) ? found.extension : undefined;
}

function clusterInfo({ cluster, server, ca }: ClusterInfo): Fields {
  const config = extensionOf(cluster);
  const name = cluster.fields['tls-server-name'];
  return {
    server,
    ...(typeof name === 'string' && name !== '' ? { 'tls-server-name': name } : {}),
    ...(cluster.fields['insecure-skip-tls-verify'] === true ? { 'insecure-skip-tls-verify': true } : {}),
    ...(ca ? { 'certificate-authority-data': Buffer.from(ca()).toString('base64') } : {}),
    ...(config === undefined ? {} : { config }),
  };
}

/** Reads the `exec` block of a user; undefined when it has none. */
export function execConfig(user: Entry, info: ClusterInfo): ExecConfig | undefined {
  const { exec } = user.fields;
  if (exec === undefined || exec === null) return undefined;
  const fail = (problem: string): Error => invalid(user.file, `exec of user "${user.name}": ${problem}`);
  if (!isFields(exec)) throw fail('is not a mapping');
  const { command, args, env, installHint } = exec;
  const { apiVersion } = exec;
  if (typeof apiVersion !== 'string' || !API_VERSIONS.includes(apiVersion)) {
    throw fail(`apiVersion ${show(apiVersion)} is not supported: ${API_VERSIONS.join(' or ')} is`);
  }
  if (typeof command !== 'string' || command === '') throw fail('has no command');
  const { interactiveMode = 'IfAvailable' } = exec;
  if (typeof interactiveMode !== 'string' || !INTERACTIVE_MODES.includes(interactiveMode)) {
    throw fail(
      `interactiveMode ${show(interactiveMode)} is unknown; accepted: ${INTERACTIVE_MODES.join(', ')}`,
    );
  }
  if (interactiveMode === 'Always') {
    throw fail(`"${command}" wants a terminal (interactiveMode: Always), and a library has none`);
  }
  const relative = !isAbsolute(command) && (command.includes('/') || command.includes(sep));
  return {
    apiVersion,
    command: relative ? resolve(user.dir, command) : command,
    args: textList(args, () => fail('"args" is not a list of texts')),
    env: environment(env, () => fail('"env" is not a list of {name, value}')),
    ...(typeof installHint === 'string' && installHint !== '' ? { installHint: installHint.trim() } : {}),
    info() {
      const cluster = exec.provideClusterInfo === true ? { cluster: clusterInfo(info) } : {};
      return JSON.stringify({ apiVersion, kind: 'ExecCredential', spec: { interactive: false, ...cluster } });
    },
  };
}

function textList(value: unknown, fail: () => Error): readonly string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every((each) => typeof each === 'string')) throw fail();
  return value;
}

function environment(value: unknown, fail: () => Error): Readonly<Record<string, string>> {
  if (value === undefined || value === null) return {};
  if (!Array.isArray(value)) throw fail();
  const result: Record<string, string> = {};
  for (const each of value) {
    if (!isFields(each) || typeof each.name !== 'string') throw fail();
    const { value = '' } = each;
    if (typeof value === 'object' && value !== null) throw fail();
    result[each.name] = String(value ?? '');
  }
  return result;
}

/** A value in quotes; what is no text is only named by its kind. */
function show(value: unknown): string {
  return typeof value === 'string' ? `"${value}"` : `(${value === null ? 'null' : typeof value})`;
}
