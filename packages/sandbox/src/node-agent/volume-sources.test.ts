import { expect, it } from 'vitest';
import type { Data } from './data.js';
import type { Pod, Volume } from './pod.js';
import { inside, type SourcesInput, volumeFiles, volumeSources } from './volume-sources.js';

const pod: Pod = {
  metadata: { name: 'p', namespace: 'ns', uid: 'u' },
  spec: { containers: [{ name: 'c' }] },
};
const data: Readonly<Record<string, Data>> = {
  'configmap/words': { hello: Buffer.from('world'), same: Buffer.from('words') },
  'secret/keys': { door: Buffer.from('sesame'), same: Buffer.from('keys') },
};
const input: SourcesInput = {
  ...{ pod, podIP: '10.0.0.1', hostIP: '10.0.0.9' },
  read: async (kind, name) => data[`${kind}/${name}`],
  token: async ({ audience }) => `for ${audience ?? 'all'}`,
  ca: () => 'CA',
};

async function files(volume: Omit<Volume, 'name'>): Promise<Record<string, string>> {
  const sources = volumeSources({ name: 'v', ...volume });
  if (!sources) return { folder: 'plain' };
  const found = [...(await volumeFiles(sources, input))];
  return Object.fromEntries(
    found.map(([path, { content, mode }]) => [path, `${content.toString()} ${mode.toString(8)}`]),
  );
}

it.each<[string, Omit<Volume, 'name'>, Record<string, string>]>([
  ['a plain folder', { emptyDir: {} }, { folder: 'plain' }],
  ['no source at all', {}, { folder: 'plain' }],
  ['every key', { configMap: { name: 'words' } }, { hello: 'world 644', same: 'words 644' }],
  [
    'a mode',
    { secret: { secretName: 'keys', defaultMode: 0o400 } },
    { door: 'sesame 400', same: 'keys 400' },
  ],
  [
    'some keys with modes of their own',
    { configMap: { name: 'words', items: [{ key: 'hello', path: 'a/b', mode: 0o600 }] } },
    { 'a/b': 'world 600' },
  ],
  [
    'one key at two paths',
    {
      configMap: {
        name: 'words',
        items: [
          { key: 'hello', path: 'a' },
          { key: 'hello', path: 'b' },
        ],
      },
    },
    { a: 'world 644', b: 'world 644' },
  ],
  ['nothing that is optional', { configMap: { name: 'none', optional: true } }, {}],
  [
    'no key that is optional',
    { secret: { secretName: 'keys', optional: true, items: [{ key: 'constructor', path: 'x' }] } },
    {},
  ],
  [
    'sources, the later one first',
    {
      projected: {
        sources: [{ configMap: { name: 'words' } }, { secret: { name: 'keys' } }],
        defaultMode: 0o440,
      },
    },
    { hello: 'world 440', same: 'keys 440', door: 'sesame 440' },
  ],
  [
    'the account',
    {
      projected: {
        sources: [
          { serviceAccountToken: { path: 'token', audience: 'x' } },
          { configMap: { name: 'kube-root-ca.crt' } },
        ],
      },
    },
    { token: 'for x 600', 'ca.crt': 'CA 644' },
  ],
  [
    'fields and resources',
    {
      downwardAPI: {
        items: [
          { path: 'name', fieldRef: { fieldPath: 'metadata.name' } },
          { path: 'cpu', mode: 0o600, resourceFieldRef: { containerName: 'c', resource: 'requests.cpu' } },
        ],
      },
    },
    { name: 'p 644', cpu: '0 600' },
  ],
])('makes the files of a volume: %s', async (_, volume, expected) => {
  expect(await files(volume)).toEqual(expected);
});

it.each<[Omit<Volume, 'name'>, string]>([
  [{ configMap: { name: 'none' } }, 'configmap "none" not found'],
  [{ secret: { secretName: 'none' } }, 'secret "none" not found'],
  [
    { configMap: { name: 'words', items: [{ key: 'x', path: 'x' }] } },
    'configmap references non-existent config key: x',
  ],
  [
    { secret: { secretName: 'keys', items: [{ key: 'x', path: 'x' }] } },
    'references non-existent secret key: x',
  ],
  [{ hostPath: { path: '/' } }, 'kind hostPath is not served: accepted are emptyDir'],
  [{ configMap: { name: 'words', items: [{ key: 'hello', path: '../x' }] } }, 'path "../x": accepted is'],
  [{ downwardAPI: { items: [{ path: 'x' }] } }, 'accepted are fieldRef and resourceFieldRef'],
  [
    { downwardAPI: { items: [{ path: 'x', fieldRef: { fieldPath: 'spec.x' } }] } },
    'fieldRef "spec.x" is not',
  ],
])('refuses %j', async (volume, problem) => {
  await expect(files(volume)).rejects.toThrow(problem);
});

it.each(['/etc', '..', 'a/../../b', '..data', '..data/x', '.', ''])(
  'keeps the path "%s" out of a volume',
  (path) => {
    expect(() => inside(path)).toThrow(`path "${path}": accepted is a relative path`);
  },
);
