import { describe, expect, it } from 'vitest';
import { KINDS, SERVED_KINDS } from '../kinds/index.js';
import type { Schema } from './definitions.js';
import { openapiGroup, openapiIndex } from './version-3.js';

interface Document {
  paths: Record<string, Record<string, Record<string, unknown>>>;
  components: { schemas: Record<string, Schema> };
}

function documentOf(path: string): Document {
  return JSON.parse(openapiGroup(path)?.body ?? '{}') as Document;
}

const GROUPS = [
  ...new Set(
    SERVED_KINDS.map(({ group, version }) => (group ? `apis/${group}/${version}` : `api/${version}`)),
  ),
];

describe('openapiIndex', () => {
  it('names every group version with the hash of what stands there', () => {
    const { paths } = openapiIndex() as { paths: Record<string, { serverRelativeURL: string }> };
    expect(Object.keys(paths)).toEqual(GROUPS);
    for (const [path, { serverRelativeURL }] of Object.entries(paths)) {
      expect(serverRelativeURL).toBe(`/openapi/v3/${path}?hash=${openapiGroup(path)?.hash}`);
      expect(openapiGroup(path)?.hash).toMatch(/^[0-9A-F]{64}$/);
    }
  });
});

describe('openapiGroup', () => {
  it.each(GROUPS)('%s refers to nothing that it does not define', (path) => {
    const text = openapiGroup(path)?.body ?? '';
    const { components } = documentOf(path);
    const references = [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name);
    expect(references.filter((name) => !(name! in components.schemas))).toEqual([]);
    expect(references.length).toBeGreaterThan(0);
  });

  it.each(KINDS.map((kind) => [kind.kind, kind] as const))(
    '%s is found by its path and by its kind',
    (_, kind) => {
      const { group, version, namespaced, resource } = kind;
      const path = group ? `apis/${group}/${version}` : `api/${version}`;
      const { paths, components } = documentOf(path);
      const item = paths[`/${path}${namespaced ? '/namespaces/{namespace}' : ''}/${resource}`];
      const gvk = { group, version, kind: kind.kind };
      const operation = item?.get ?? item?.post;
      expect(operation?.['x-kubernetes-group-version-kind']).toEqual(gvk);
      const schemas = Object.values(components.schemas);
      expect(
        schemas.filter(
          (each) => JSON.stringify(each['x-kubernetes-group-version-kind']) === JSON.stringify([gvk]),
        ),
      ).toHaveLength(1);
    },
  );

  it('gives each operation an id of its own', () => {
    const ids = GROUPS.flatMap((path) => Object.values(documentOf(path).paths))
      .flatMap((item) => Object.values(item))
      .map(({ operationId }) => operationId)
      .filter((id) => id !== undefined);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain('readAppsV1NamespacedDeploymentScale');
  });

  it('tells clients that patches take fieldValidation', () => {
    const item = documentOf('apis/apps/v1').paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}'];
    expect(item?.patch?.parameters).toContainEqual({
      name: 'fieldValidation',
      in: 'query',
      schema: { type: 'string', uniqueItems: true },
    });
    expect(item?.patch).toHaveProperty(['requestBody', 'content', 'application/strategic-merge-patch+json']);
  });

  it('has nothing of what is not served', () => {
    expect(openapiGroup('apis/apps/v1beta1')).toBeUndefined();
    expect(openapiGroup('api')).toBeUndefined();
  });
});

describe('definitions', () => {
  const { schemas } = documentOf('api/v1').components;
  const core = (name: string): Record<string, Schema> =>
    schemas[`io.k8s.api.core.v1.${name}`]?.properties ?? {};

  it('say how lists and maps merge', () => {
    expect(core('ServiceSpec').ports).toMatchObject({
      type: 'array',
      items: { $ref: '#/components/schemas/io.k8s.api.core.v1.ServicePort' },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['port', 'protocol'],
      'x-kubernetes-patch-merge-key': 'port',
      'x-kubernetes-patch-strategy': 'merge',
    });
    expect(core('PodSpec').volumes?.['x-kubernetes-patch-strategy']).toBe('merge,retainKeys');
    expect(core('PodStatus').hostIPs).toMatchObject({
      'x-kubernetes-list-type': 'atomic',
      'x-kubernetes-patch-merge-key': 'ip',
    });
    expect(core('ServiceSpec').selector?.['x-kubernetes-map-type']).toBe('atomic');
    expect(core('Container').command?.['x-kubernetes-list-type']).toBe('atomic');
    expect(schemas['io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta']?.properties?.finalizers).toMatchObject({
      'x-kubernetes-list-type': 'set',
      'x-kubernetes-patch-strategy': 'merge',
    });
    expect(schemas['io.k8s.api.core.v1.ObjectReference']?.['x-kubernetes-map-type']).toBe('atomic');
  });

  it('say what is required and of which type', () => {
    expect(schemas['io.k8s.api.core.v1.ServicePort']?.required).toEqual(['port']);
    expect(core('ServicePort').protocol).toMatchObject({ type: 'string', default: 'TCP' });
    expect(core('ServicePort').targetPort).toMatchObject({
      allOf: [{ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.util.intstr.IntOrString' }],
    });
    expect(core('ResourceRequirements').limits?.additionalProperties).toEqual({
      $ref: '#/components/schemas/io.k8s.apimachinery.pkg.api.resource.Quantity',
    });
    expect(core('Secret').data?.additionalProperties).toEqual({ type: 'string', format: 'byte' });
    expect(core('Pod')).toHaveProperty('apiVersion');
    expect(core('PodSpec')).not.toHaveProperty('apiVersion');
    expect(core('Volume')).toHaveProperty('emptyDir');
  });
});
