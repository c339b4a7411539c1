import type { KubeClient, KubeObject } from '@fairlead/discovery/kubernetes';
import { isKubeStatus } from './refusal.js';

/** What holds data: a ConfigMap or a Secret. */
export type DataKind = 'configmap' | 'secret';

/** A ConfigMap or Secret, cut to its data. */
export interface DataObject extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
}

/** The data of a ConfigMap or Secret as bytes, by key. */
export type Data = Readonly<Record<string, Buffer>>;

/** Reads the data of a ConfigMap or Secret; undefined: there is none of that name. */
export type DataReader = (kind: DataKind, name: string) => Promise<Data | undefined>;

/** The resource of a kind. */
export const dataRef = (kind: DataKind) => ({ group: '', version: 'v1', resource: `${kind}s` });

/** A reader of one namespace. */
export function createDataReader(client: KubeClient, namespace: string, signal: AbortSignal): DataReader {
  return async (kind, name) => {
    const options = { namespace, signal };
    const object = await client.get<DataObject>(dataRef(kind), name, options).catch((error: unknown) => {
      if (isKubeStatus(error, 404)) return undefined;
      throw error;
    });
    return object && dataOf(kind, object);
  };
}

/** The data of an object as bytes. */
export function dataOf(kind: DataKind, object: DataObject): Data {
  const encoding = kind === 'secret' ? 'base64' : 'utf8';
  return Object.fromEntries([...entries(object.data, encoding), ...entries(object.binaryData, 'base64')]);
}

function entries(
  data: Readonly<Record<string, string>> | undefined,
  encoding: BufferEncoding,
): [string, Buffer][] {
  return Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, encoding)]);
}
