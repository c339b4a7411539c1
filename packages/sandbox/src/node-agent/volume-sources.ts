import { posix } from 'node:path';
import type { DataKind, DataReader } from './data.js';
import type { DownwardItem, FileSource, Pod, ProjectedSource, TokenSource, Volume } from './pod.js';
import { fieldValue } from './resolve-env.js';
import { resourceValue } from './resource-field.js';
import type { VolumeFile, VolumeFiles } from './volume-files.js';

/** A volume cannot be made; becomes the Warning Event `FailedMount`. */
export class VolumeError extends Error {
  override readonly name = 'VolumeError';
}

/** What the files of a pod's volumes are made from. */
export interface SourcesInput {
  readonly pod: Pod;
  readonly podIP: string;
  readonly hostIP: string;
  readonly read: DataReader;
  /** A valid token of the pod's ServiceAccount. */
  token(source: TokenSource): Promise<string>;
  /** The cluster's CA, for a cluster that has no ConfigMap `kube-root-ca.crt`. */
  ca(): string | undefined;
}

/** Where the files of a volume come from, and their permissions where a source does not say. */
export interface VolumeSources {
  readonly sources: readonly ProjectedSource[];
  readonly mode: number;
}

/** Permissions of files whose volume does not say, and which the API server did not default either. */
const DEFAULT_MODE = 0o644;
/** A token is for its owner alone. */
const TOKEN_MODE = 0o600;
/** The ConfigMap with the cluster's CA, which each namespace of a real cluster has. */
const CA_CONFIG_MAP = 'kube-root-ca.crt';

/** The sources of a volume; undefined: it is a plain folder. Throws for a kind that is not served. */
export function volumeSources(volume: Volume): VolumeSources | undefined {
  const { name, emptyDir, configMap, secret, downwardAPI, projected, ...others } = volume;
  const [kind] = Object.keys(others).filter((key) => others[key] !== undefined);
  if (kind !== undefined)
    throw new VolumeError(
      `kind ${kind} is not served: accepted are emptyDir, configMap, secret, downwardAPI, projected`,
    );
  const mode = (configMap ?? secret ?? downwardAPI ?? projected)?.defaultMode ?? DEFAULT_MODE;
  if (configMap) return { sources: [{ configMap }], mode };
  if (secret) return { sources: [{ secret: { ...secret, name: secret.secretName ?? '' } }], mode };
  if (downwardAPI) return { sources: [{ downwardAPI }], mode };
  return projected ? { sources: projected.sources ?? [], mode } : undefined;
}

/** The volume that the API server of a real cluster adds to each pod. */
export function accountSources(): VolumeSources {
  const namespace = { path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } };
  const sources: ProjectedSource[] = [
    { serviceAccountToken: { path: 'token' } },
    { configMap: { name: CA_CONFIG_MAP } },
    { downwardAPI: { items: [namespace] } },
  ];
  return { sources, mode: DEFAULT_MODE };
}

/** Collects the files of a volume; of two with one path the later source's wins. Rejects for what is missing. */
export async function volumeFiles(
  { sources, mode }: VolumeSources,
  input: SourcesInput,
): Promise<VolumeFiles> {
  const files = new Map<string, VolumeFile>();
  for (const source of sources) {
    const { configMap, secret, downwardAPI, serviceAccountToken: token } = source;
    const [kind, data] = secret ? (['secret', secret] as const) : (['configmap', configMap] as const);
    for (const [path, content, own] of data ? await dataFiles(kind, data, input) : [])
      files.set(inside(path), { content, mode: own ?? mode });
    for (const item of downwardAPI?.items ?? [])
      files.set(inside(item.path), { content: downward(item, input), mode: item.mode ?? mode });
    if (token)
      files.set(inside(token.path), { content: Buffer.from(await input.token(token)), mode: TOKEN_MODE });
  }
  return files;
}

type DataFile = [path: string, content: Buffer, mode?: number | undefined];

/** What a source names. */
async function dataFiles(kind: DataKind, source: FileSource, input: SourcesInput): Promise<DataFile[]> {
  const name = source.name ?? '';
  let data = await input.read(kind, name);
  const ca = kind === 'configmap' && name === CA_CONFIG_MAP ? input.ca() : undefined;
  if (!data && ca !== undefined) data = { 'ca.crt': Buffer.from(ca) };
  if (!data && !source.optional) throw new VolumeError(`${kind} "${name}" not found`);
  const values = new Map(Object.entries(data ?? {}));
  if (!source.items?.length) return [...values];
  return source.items.flatMap(({ key, path, mode }): DataFile[] => {
    const value = values.get(key);
    if (value !== undefined) return [[path, value, mode]];
    if (source.optional) return [];
    const what = kind === 'secret' ? 'references non-existent secret key' : MISSING_CONFIG_KEY;
    throw new VolumeError(`${what}: ${key}`);
  });
}

const MISSING_CONFIG_KEY = 'configmap references non-existent config key';

function downward({ path, fieldRef, resourceFieldRef }: DownwardItem, input: SourcesInput): Buffer {
  const { initContainers = [], containers } = input.pod.spec;
  try {
    if (fieldRef) return Buffer.from(fieldValue(input.pod, fieldRef.fieldPath, input));
    if (resourceFieldRef)
      return Buffer.from(resourceValue(resourceFieldRef, [...initContainers, ...containers]));
  } catch (error) {
    throw new VolumeError((error as Error).message, { cause: error });
  }
  throw new VolumeError(`downwardAPI item "${path}": accepted are fieldRef and resourceFieldRef`);
}

/** A relative path that does not leave its folder, nor takes a name of the volume's own. */
export function inside(path: string, what = 'path'): string {
  const normal = posix.normalize(path);
  if (posix.isAbsolute(path) || path.split('/').includes('..') || normal.startsWith('..') || normal === '.')
    throw new VolumeError(`${what} "${path}": accepted is a relative path that does not begin with ".."`);
  return normal;
}
