import { lstatSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import type { ClusterAccess, KubeClient } from '@fairlead/discovery/kubernetes';
import type { TokenOptions } from './account.js';
import { ACCOUNT_PATH, keepToken, podKubeconfig, writeAtomic } from './account.js';
import type { DataReader } from './data.js';
import type {
  Container,
  DownwardItem,
  FileSource,
  Pod,
  ProjectedSource,
  Volume,
  VolumeMount,
} from './pod.js';
import { fieldValue } from './resolve-env.js';

/** A volume cannot be made; becomes the Warning Event `FailedMount`. */
export class VolumeError extends Error {
  override readonly name = 'VolumeError';
}

/** What the volumes of one pod are made from. */
interface VolumesInput extends TokenOptions {
  readonly access: ClusterAccess;
  readonly client: KubeClient;
  readonly read: DataReader;
  /** The pod's own folder. */
  readonly folder: string;
  readonly podIP: string;
  readonly hostIP: string;
}

/** Kinds of volumes that a pod may have here. */
const KINDS = ['emptyDir', 'configMap', 'secret', 'downwardAPI', 'projected'] as const;

/** Name of the folder of the ServiceAccount that is not an explicit volume. */
const ACCOUNT = '.serviceaccount';

const volumeFolder = (input: Pick<VolumesInput, 'folder'>, name: string): string =>
  join(input.folder, 'volumes', name);

/**
 * Writes every volume of the pod and its kubeconfig. Rejects with `VolumeError` for a kind that is not served or
 * for data that is missing; called again until it resolves, so every step may run twice.
 */
export async function prepareVolumes(input: VolumesInput): Promise<void> {
  for (const volume of input.pod.spec.volumes ?? []) await prepareVolume(volume, input);
  if (!wantsAccount(input.pod)) return;
  await writeSources(volumeFolder(input, ACCOUNT), defaultAccount(), input);
  const config = podKubeconfig(input.access, volumeFolder(input, ACCOUNT), input.pod);
  writeAtomic(kubeconfigPath(input.folder), config);
}

/** Whether the pod gets a token of its ServiceAccount. */
export const wantsAccount = (pod: Pod): boolean => pod.spec.automountServiceAccountToken !== false;

/** Where `prepareVolumes` puts the kubeconfig. */
export const kubeconfigPath = (folder: string): string => join(folder, 'kubeconfig');

/** Makes `$POD_ROOT` of a container: a folder with a link per mount. Returns its path. */
export function mountContainer(folder: string, pod: Pod, container: Container): string {
  const root = join(folder, 'containers', container.name, 'root');
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const mounts = [...(container.volumeMounts ?? [])];
  const explicit = mounts.some(({ mountPath }) => posix.resolve('/', mountPath) === ACCOUNT_PATH);
  if (wantsAccount(pod) && !explicit) mounts.push({ name: ACCOUNT, mountPath: ACCOUNT_PATH });
  for (const mount of mounts.sort((a, b) => a.mountPath.length - b.mountPath.length))
    mountOne(root, mount, { folder, pod });
  return root;
}

function mountOne(root: string, mount: VolumeMount, { folder, pod }: { folder: string; pod: Pod }): void {
  const known = mount.name === ACCOUNT || pod.spec.volumes?.some(({ name }) => name === mount.name);
  if (!known) throw new VolumeError(`volumeMount "${mount.name}": the pod has no such volume`);
  const target = join(volumeFolder({ folder }, mount.name), inside(mount.subPath ?? '', 'subPath'));
  if (mount.subPath && !exists(target)) mkdirSync(target, { recursive: true, mode: 0o700 });
  // Resolved against "/", no ".." can leave the root.
  const link = join(root, posix.resolve('/', mount.mountPath));
  if (exists(link)) return;
  mkdirSync(dirname(link), { recursive: true, mode: 0o700 });
  symlinkSync(target, link);
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** A relative path that does not leave its folder. */
function inside(path: string, what: string): string {
  if (posix.isAbsolute(path) || path.split('/').includes('..'))
    throw new VolumeError(`${what} "${path}": accepted is a relative path without ".."`);
  return path;
}

async function prepareVolume(volume: Volume, input: VolumesInput): Promise<void> {
  const kind = Object.keys(volume).find((key) => key !== 'name' && volume[key] !== undefined) ?? 'emptyDir';
  if (!(KINDS as readonly string[]).includes(kind))
    throw new VolumeError(
      `volume "${volume.name}" is of kind ${kind}, which is not served: accepted are ${KINDS.join(', ')}`,
    );
  const folder = volumeFolder(input, inside(volume.name, 'volume'));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { configMap, secret, downwardAPI, projected } = volume;
  const mode = (configMap ?? secret ?? downwardAPI ?? projected)?.defaultMode ?? 0o644;
  const sources: ProjectedSource[] = [...(projected?.sources ?? [])];
  if (configMap) sources.push({ configMap });
  if (secret) sources.push({ secret: { ...secret, name: secret.secretName ?? '' } });
  if (downwardAPI) sources.push({ downwardAPI });
  await writeSources(folder, { sources, mode }, input);
}

/** The volume that the API server of a real cluster adds to each pod. */
function defaultAccount(): { sources: ProjectedSource[]; mode: number } {
  const namespace = { path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } };
  return {
    sources: [
      { serviceAccountToken: { path: 'token' } },
      { configMap: { name: CA_CONFIG_MAP } },
      { downwardAPI: { items: [namespace] } },
    ],
    mode: 0o644,
  };
}

/** The ConfigMap with the cluster's CA, which each namespace of a real cluster has. */
const CA_CONFIG_MAP = 'kube-root-ca.crt';

async function writeSources(
  folder: string,
  { sources, mode }: { sources: readonly ProjectedSource[]; mode: number },
  input: VolumesInput,
): Promise<void> {
  for (const source of sources) {
    const { configMap, secret, downwardAPI, serviceAccountToken: token } = source;
    if (configMap) await writeData(folder, { kind: 'configmap', source: configMap, mode }, input);
    if (secret) await writeData(folder, { kind: 'secret', source: secret, mode }, input);
    if (downwardAPI) writeDownward(folder, downwardAPI.items ?? [], { mode, input });
    if (token) {
      const path = join(folder, inside(token.path, 'path'));
      if (!exists(path)) await keepToken(path, token, input);
    }
  }
}

async function writeData(
  folder: string,
  { kind, source, mode }: { kind: 'configmap' | 'secret'; source: FileSource; mode: number },
  input: VolumesInput,
): Promise<void> {
  const name = source.name ?? '';
  let data = await input.read(kind, name);
  const ca = kind === 'configmap' && name === CA_CONFIG_MAP ? input.access.ca() : undefined;
  if (!data && ca !== undefined) data = { 'ca.crt': Buffer.from(ca) };
  if (!data && !source.optional) throw new VolumeError(`${kind} "${name}" not found`);
  const keys = source.items ?? Object.keys(data ?? {}).map((key) => ({ key, path: key, mode: undefined }));
  for (const { key, path, mode: own } of keys) {
    const value = data?.[key];
    if (value !== undefined) writeAtomic(join(folder, inside(path, 'path')), value, own ?? mode);
    else if (!source.optional) throw new VolumeError(`${kind} "${name}" references non-existent key: ${key}`);
  }
}

function writeDownward(
  folder: string,
  items: readonly DownwardItem[],
  { mode, input }: { mode: number; input: VolumesInput },
): void {
  for (const { path, fieldRef, mode: own } of items) {
    if (!fieldRef) throw new VolumeError(`downwardAPI item "${path}": accepted is fieldRef`);
    const value = fieldValue(input.pod, fieldRef.fieldPath, input);
    writeAtomic(join(folder, inside(path, 'path')), value, own ?? mode);
  }
}
