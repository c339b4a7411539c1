import type { KubeClient, KubeObject } from '@fairlead/discovery/kubernetes';
import { isKubeStatus } from './refusal.js';

/** A ConfigMap or Secret, cut to its data. */
interface DataObject extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
}

/** Reads the data of a ConfigMap or Secret as bytes; undefined: there is none of that name. */
export type DataReader = (
  kind: 'configmap' | 'secret',
  name: string,
) => Promise<Readonly<Record<string, Buffer>> | undefined>;

/** A reader of one namespace. */
export function createDataReader(client: KubeClient, namespace: string, signal: AbortSignal): DataReader {
  return async (kind, name) => {
    const ref = { group: '', version: 'v1', resource: `${kind}s` };
    const object = await client.get<DataObject>(ref, name, { namespace, signal }).catch((error: unknown) => {
      if (isKubeStatus(error, 404)) return undefined;
      throw error;
    });
    if (!object) return undefined;
    const encoding = kind === 'secret' ? 'base64' : 'utf8';
    const bytes: [string, Buffer][] = [
      ...entries(object.data, encoding),
      ...entries(object.binaryData, 'base64'),
    ];
    return Object.fromEntries(bytes);
  };
}

function entries(
  data: Readonly<Record<string, string>> | undefined,
  encoding: BufferEncoding,
): [string, Buffer][] {
  return Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, encoding)]);
}
