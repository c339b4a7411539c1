import { describe, expect, it } from 'vitest';
import { applyManifest, checkManifest, type ManifestApi } from './apply.js';
import { parseManifest } from './parse.js';

const CONFIG = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: v}\n';

describe('parseManifest', () => {
  it('reads several documents, lists and JSON, and passes empty documents over', () => {
    const text = `---\n${CONFIG}---\n# nothing\n---\n{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Secret","metadata":{"name":"b"}}]}`;
    expect(parseManifest(text).map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      'ConfigMap a',
      'Secret b',
    ]);
  });

  it.each([
    ['a: [', /^document 1: .*line 1, column \d+$/],
    ['hello', /^document 1 is not an object/],
    [`${CONFIG}---\nkind: Pod\nmetadata: {name: x}`, /^document 2: apiVersion is missing/],
    ['apiVersion: v1\nmetadata: {name: x}', /kind is missing/],
    ['apiVersion: v1\nkind: List\nitems: {}', /^document 1: List without items$/],
    [`${CONFIG}x: *nowhere`, /^document 1: Unresolved alias .*nowhere$/],
    [
      `a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [${'*a,'.repeat(11)}]\nc: &c [${'*b,'.repeat(11)}]\nd: [${'*c,'.repeat(11)}]`,
      /^document 1: Excessive alias count/,
    ],
    ['apiVersion: v1\nkind: Pod\nmetadata: {}', /Pod without metadata.name/],
    ['apiVersion: v1\nkind: "a\\nb\\u2028"\nmetadata: {}', /^document 1: a b {1,2}without metadata.name$/],
  ])('refuses %j with a place and a reason', (text, message) => {
    expect(() => parseManifest(text)).toThrow(message);
  });

  it('refuses what is nested too deeply', () => {
    expect(() => parseManifest('['.repeat(20_000))).toThrow('document 1: nested too deeply');
    const deep = `${'{"a":'.repeat(3_000)}1${'}'.repeat(3_000)}`;
    const text = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":${deep}}`;
    expect(() => parseManifest(text)).toThrow('document 1: nested too deeply');
  });
});

describe('applyManifest', () => {
  function recorder(refuse?: (name: string) => Error | undefined): ManifestApi & { log: string[] } {
    const log: string[] = [];
    return {
      log,
      create: async (kind, { metadata }) => {
        const error = refuse?.(metadata.name);
        if (error) throw error;
        log.push(`create ${kind.resource} ${metadata.namespace ?? '-'}/${metadata.name}`);
      },
      patch: async (kind, { metadata }) =>
        void log.push(`patch ${kind.resource} ${metadata.namespace}/${metadata.name}`),
    };
  }

  it('creates in order and puts the namespace on namespaced kinds only', async () => {
    const api = recorder();
    await applyManifest(api, `apiVersion: v1\nkind: Namespace\nmetadata: {name: n}\n---\n${CONFIG}`);
    expect(api.log).toEqual(['create namespaces -/n', 'create configmaps default/a']);
  });

  it('merges into what exists', async () => {
    const api = recorder(() => Object.assign(new Error('exists'), { reason: 'AlreadyExists' }));
    await applyManifest(api, CONFIG);
    expect(api.log).toEqual(['patch configmaps default/a']);
  });

  it('names the object that cannot be merged', async () => {
    const api = recorder(() => Object.assign(new Error('exists'), { reason: 'AlreadyExists' }));
    api.patch = () => Promise.reject(new Error('spec.clusterIP: field is immutable'));
    await expect(applyManifest(api, CONFIG)).rejects.toThrow(
      'ConfigMap a: spec.clusterIP: field is immutable',
    );
  });

  it('refuses questions, which nothing keeps', () => {
    expect(() =>
      checkManifest('apiVersion: authentication.k8s.io/v1\nkind: TokenReview\nmetadata: {name: a}'),
    ).toThrow('no kind "TokenReview"');
  });

  it('lists what is served where a kind is unknown', () => {
    expect(() => checkManifest('apiVersion: v1\nkind: Gadget\nmetadata: {name: a}')).toThrow(
      /^no kind "Gadget" in version "v1"; served are ClusterRole, .*ConfigMap, .*Deployment, .*Service\b/,
    );
  });

  it('names the object that was refused', async () => {
    const api = recorder(() => Object.assign(new Error('spec.ports: Required value'), { reason: 'Invalid' }));
    await expect(applyManifest(api, CONFIG)).rejects.toThrow('ConfigMap a: spec.ports: Required value');
  });

  it('names an unknown kind and a wrong version before it creates anything', async () => {
    const api = recorder();
    const wrong = `${CONFIG}---\napiVersion: extensions/v1beta1\nkind: Deployment\nmetadata: {name: d}`;
    await expect(applyManifest(api, wrong)).rejects.toThrow(
      'no kind "Deployment" in version "extensions/v1beta1"; Deployment is served as apps/v1',
    );
    expect(api.log).toEqual([]);
  });
});
