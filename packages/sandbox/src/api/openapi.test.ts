import { describe, expect, it } from 'vitest';
import { OPENAPI_V2, openapiGroup, openapiIndex } from './openapi.js';

describe('openapiIndex', () => {
  it('names every group version with a hashed address', () => {
    const { paths } = openapiIndex() as { paths: Record<string, { serverRelativeURL: string }> };
    expect(Object.keys(paths)).toEqual([
      'api/v1',
      'apis/coordination.k8s.io/v1',
      'apis/apps/v1',
      'apis/discovery.k8s.io/v1',
      'apis/rbac.authorization.k8s.io/v1',
      'apis/authentication.k8s.io/v1',
      'apis/authorization.k8s.io/v1',
    ]);
    expect(paths['apis/apps/v1']?.serverRelativeURL).toMatch(/^\/openapi\/v3\/apis\/apps\/v1\?hash=./);
  });
});

describe('openapiGroup', () => {
  it('says of each kind that a patch takes fieldValidation, and nothing of its body', () => {
    const group = openapiGroup('apps', 'v1') as { paths: Record<string, { patch: Record<string, unknown> }> };
    expect(Object.keys(group.paths)).toEqual([
      '/apis/apps/v1/namespaces/{namespace}/deployments/{name}',
      '/apis/apps/v1/namespaces/{namespace}/replicasets/{name}',
    ]);
    const patch = group.paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}']?.patch;
    expect(patch).toMatchObject({
      'x-kubernetes-group-version-kind': { group: 'apps', version: 'v1', kind: 'Deployment' },
      parameters: expect.arrayContaining([
        { name: 'fieldValidation', in: 'query', schema: { type: 'string' } },
      ]),
    });
    expect(patch).not.toHaveProperty('requestBody');
  });

  it('leaves the namespace out of cluster-wide paths and has nothing of other versions', () => {
    expect(openapiGroup('', 'v1')?.paths).toHaveProperty(['/api/v1/nodes/{name}']);
    expect(openapiGroup('apps', 'v1beta1')).toBeUndefined();
    expect(openapiGroup('authorization.k8s.io', 'v1')?.paths).toEqual({});
  });
});

it('version 2 is an empty document in protobuf', () => {
  // swagger = "2.0", info = {title, version}, paths = {}.
  expect(Buffer.from(OPENAPI_V2.body).toString('hex')).toBe(
    ['0a03', hex('2.0'), '1215', '0a0a', hex('Kubernetes'), '1207', hex('v1.36.0'), '4200'].join(''),
  );
});

function hex(text: string): string {
  return Buffer.from(text).toString('hex');
}
