import { beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject, ManagedFieldsEntry } from '../../objects.js';
import { type ClusterStore, createClusterStore } from '../cluster-store.js';

let nowMs: number;
let store: ClusterStore;

beforeEach(() => {
  nowMs = Date.parse('2030-01-01T00:00:00Z');
  store = createClusterStore({ clock: { now: () => nowMs, setTimeout: () => ({ cancel() {} }) } });
  store.create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
});

const metadata = { name: 'x', namespace: 'default' };
const words = (data: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata,
  data,
});
const deployment = (spec: object = {}): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata,
  spec: {
    selector: { matchLabels: { app: 'x' } },
    template: { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    ...spec,
  },
});

const apply = (config: KubeObject, fieldManager: string, force = false): KubeObject =>
  store.apply(config.kind === 'ConfigMap' ? 'configmaps' : 'deployments', config, { fieldManager, force });

/** Who manages what, as `manager operation[/subresource]`. */
function managers({ metadata: { managedFields = [] } }: KubeObject): Record<string, unknown> {
  const name = ({ manager, operation, subresource }: ManagedFieldsEntry): string =>
    `${manager} ${operation}${subresource ? `/${subresource}` : ''}`;
  return Object.fromEntries(managedFields.map((entry) => [name(entry), entry.fieldsV1]));
}

describe('create', () => {
  it('gives its writer what it and the defaults set, and nothing that the server owns', () => {
    const made = store.create('configmaps', words({ a: '1' }), { fieldManager: 'me' });
    expect(made.metadata.managedFields).toEqual([
      {
        manager: 'me',
        operation: 'Update',
        apiVersion: 'v1',
        time: '2030-01-01T00:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { '.': {}, 'f:a': {} } },
      },
    ]);
    const { 'f:spec': spec } = managers(store.create('deployments', deployment()))[
      'kube-controller-manager Update'
    ] as Record<string, object>;
    // A struct of Go is never away, so it has no dot; a pointer and a map have one.
    expect(spec).toMatchObject({
      'f:replicas': {},
      'f:strategy': { 'f:rollingUpdate': { '.': {}, 'f:maxSurge': {} }, 'f:type': {} },
      'f:template': { 'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } } },
    });
    expect(spec).not.toHaveProperty(['.']);
    expect(spec).not.toHaveProperty(['f:template', 'f:spec', 'f:containers', '.']);
  });
});

describe('update', () => {
  it('keeps a writer of the status apart from one of the object', () => {
    store.create('deployments', deployment(), { fieldManager: 'me' });
    const status = {
      ...deployment(),
      status: { replicas: 1, conditions: [{ type: 'Ready', status: 'True' }] },
    };
    const written = store.update('deployments', status, { subresource: 'status', fieldManager: 'me' });
    expect(managers(written)).toMatchObject({
      'me Update': { 'f:spec': {} },
      'me Update/status': {
        'f:status': {
          'f:conditions': { '.': {}, 'k:{"type":"Ready"}': { '.': {}, 'f:status': {}, 'f:type': {} } },
          'f:replicas': {},
        },
      },
    });
  });

  it('gives a scaled object to who scaled it', () => {
    const made = store.create('deployments', deployment({ replicas: 1 }), { fieldManager: 'me' });
    store.modify(
      'deployments',
      'default',
      'x',
      (scale) => {
        scale.spec = { replicas: 3 };
      },
      { subresource: 'scale', fieldManager: 'hpa' },
    );
    const scaled = store.get('deployments', 'default', 'x')!;
    expect(managers(scaled)['hpa Update/scale']).toEqual({ 'f:spec': { 'f:replicas': {} } });
    expect(managers(made)['me Update']).toHaveProperty(['f:spec', 'f:replicas']);
    expect(managers(scaled)['me Update']).not.toHaveProperty(['f:spec', 'f:replicas']);
  });

  it('that changes nothing is no write, whoever makes it', () => {
    const made = store.create('configmaps', words({ a: '1' }), { fieldManager: 'me' });
    nowMs += 5000;
    expect(store.update('configmaps', words({ a: '1' }), { fieldManager: 'you' })).toBe(made);
  });

  it('takes managers that are sent along, keeps them when none are, and forgets them when it is asked to', () => {
    const made = store.create('configmaps', words({ a: '1' }), { fieldManager: 'me' });
    const [entry] = made.metadata.managedFields!;
    const send = (managedFields: unknown): KubeObject =>
      store.update('configmaps', { ...made, metadata: { ...metadata, managedFields } } as KubeObject);
    expect(managers(send([{ ...entry, manager: 'kubectl', operation: 'Apply' }]))).toEqual({
      'kubectl Apply': { 'f:data': { '.': {}, 'f:a': {} } },
    });
    expect(Object.keys(managers(send(undefined)))).toEqual(['kubectl Apply']);
    expect(Object.keys(managers(send([{ manager: 'x', operation: 'Nonsense' }])))).toEqual(['kubectl Apply']);
    expect(send([{}]).metadata.managedFields).toBeUndefined();
    expect(store.update('configmaps', words({ a: '2' })).metadata.managedFields).toBeUndefined();
  });
});

describe('apply', () => {
  it('makes an object, and again is no write', () => {
    const made = apply(deployment({ replicas: 2 }), 'me');
    expect(made).toMatchObject({ spec: { replicas: 2, strategy: { type: 'RollingUpdate' } } });
    expect(managers(made)['me Apply']).toMatchObject({ 'f:spec': { 'f:replicas': {}, 'f:selector': {} } });
    expect(managers(made)['me Apply']).not.toHaveProperty(['f:spec', 'f:strategy']);
    nowMs += 5000;
    expect(apply(deployment({ replicas: 2 }), 'me')).toBe(made);
  });

  it('refuses with 409 and a cause for each field', () => {
    store.create('configmaps', words({ a: '1' }), { fieldManager: 'edit' });
    expect(() => apply(words({ a: '2' }), 'me')).toThrow(
      expect.objectContaining({
        code: 409,
        reason: 'Conflict',
        message: 'Apply failed with 1 conflict: conflict with "edit" using v1: .data.a',
        details: {
          causes: [
            { reason: 'FieldManagerConflict', message: 'conflict with "edit" using v1', field: '.data.a' },
          ],
        },
      }),
    );
    expect(apply(words({ a: '2' }), 'me', true).data).toEqual({ a: '2' });
  });

  it('says that what nobody has tracked was there before', () => {
    const made = store.create('configmaps', words({ a: '1' }));
    store.update('configmaps', { ...made, metadata: { ...metadata, managedFields: [] } });
    expect(managers(apply(words({ a: '1' }), 'me'))).toEqual({
      'me Apply': { 'f:data': { 'f:a': {} } },
      'before-first-apply Update': { 'f:data': { '.': {}, 'f:a': {} } },
    });
  });

  it('a dry run shows the result and keeps nothing', () => {
    const made = apply(words({ a: '1' }), 'me');
    const shown = store.apply('configmaps', words({ b: '2' }), { fieldManager: 'me', dryRun: true });
    expect(shown.data).toEqual({ b: '2' });
    expect(store.get('configmaps', 'default', 'x')).toBe(made);
  });

  it('writes the status alone, of an object that there is', () => {
    const config = { ...deployment(), status: { conditions: [{ type: 'Mine', status: 'True' }] } };
    const options = { fieldManager: 'me', subresource: 'status' } as const;
    expect(() => store.apply('deployments', config, options)).toThrow(expect.objectContaining({ code: 404 }));
    store.create('deployments', deployment({ replicas: 4 }));
    const applied = store.apply('deployments', { ...config, spec: { replicas: 9 } }, options);
    expect(applied).toMatchObject({ spec: { replicas: 4 }, status: { conditions: [{ type: 'Mine' }] } });
    expect(managers(applied)['me Apply/status']).toEqual({
      'f:status': { 'f:conditions': { 'k:{"type":"Mine"}': { '.': {}, 'f:status': {}, 'f:type': {} } } },
    });
  });

  it('goes on from kubectl apply without --server-side', () => {
    const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
    const first = words({ a: '1', b: '2' });
    const made = {
      ...first,
      metadata: { ...metadata, annotations: { [annotation]: JSON.stringify(first) } },
    };
    store.create('configmaps', made, { fieldManager: 'kubectl-client-side-apply' });
    const applied = apply(words({ a: '9', b: '2' }), 'kubectl');
    expect(applied.data).toEqual({ a: '9', b: '2' });
    expect(JSON.parse(applied.metadata.annotations?.[annotation] ?? '')).toMatchObject({ data: { a: '9' } });
    expect(() => apply(words({ b: '7' }), 'another')).toThrow('Apply failed with 2 conflicts');
  });

  it.each<[object, string]>([
    [{ data: { a: 7 } }, '.data.a: expected string, got &value.valueUnstructured{Value:7}'],
    [{ data: 7 }, '.data: expected map, got &{7}'],
    [{ nothing: 1 }, '.nothing: field not declared in schema'],
    [
      { metadata: { ...metadata, ownerReferences: [{ uid: 'u', name: 7, more: 1 }] } },
      'errors:\n  .metadata.ownerReferences[uid="u"].name: expected string, got &value.valueUnstructured{Value:7}\n  .metadata.ownerReferences[uid="u"].more: field not declared in schema',
    ],
    [
      { metadata: { ...metadata, finalizers: ['a', 'a'] }, data: { a: true } },
      'errors:\n  .metadata.finalizers: duplicate entries for key [="a"]\n  .data.a: expected string, got &value.valueUnstructured{Value:true}',
    ],
  ])('refuses %j as the typed merge of upstream does', (members, message) => {
    const config = { ...words({}), ...members } as KubeObject;
    expect(() => apply(config, 'me')).toThrow(
      expect.objectContaining({
        code: 500,
        message: `failed to create typed patch object (default/x; /v1, Kind=ConfigMap): ${message}`,
      }),
    );
  });

  it('refuses managers that are sent along', () => {
    const config = { ...words({}), metadata: { ...metadata, managedFields: [] } };
    expect(() => apply(config, 'me')).toThrow('metadata.managedFields must be nil');
  });
});
