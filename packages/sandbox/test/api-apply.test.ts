import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type ApiRig, configMap, MAPS, startApi } from './api-rig.js';

let rig: ApiRig;
beforeAll(async () => {
  rig = await startApi();
});
afterAll(() => rig.close());
afterEach(() => rig.call('DELETE', MAPS));

const YAML = 'application/apply-patch+yaml';
const words = (data: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {${data}}\n`;
const apply = (query: string, body: string, headers: Record<string, string> = {}) =>
  rig.call('PATCH', `${MAPS}/a?${query}`, { body, headers: { 'content-type': YAML, ...headers } });

it('applies YAML: makes an object, merges into it, refuses conflicts, and yields to force', async () => {
  const made = await apply('fieldManager=one', words('k: "1"'));
  expect(made.status).toBe(201);
  expect(made.json.metadata.managedFields).toMatchObject([
    { manager: 'one', operation: 'Apply', fieldsV1: { 'f:data': { 'f:k': {} } } },
  ]);
  const again = await apply('fieldManager=one', words('k: "1"'));
  expect([again.status, again.json.metadata.resourceVersion]).toEqual([
    200,
    made.json.metadata.resourceVersion,
  ]);
  expect((await apply('fieldManager=two', words('l: "2"'))).json.data).toEqual({ k: '1', l: '2' });
  const refused = await apply('fieldManager=two', words('k: "9", l: "2"'));
  expect(refused.status).toBe(409);
  expect(refused.json).toMatchObject({
    reason: 'Conflict',
    message: 'Apply failed with 1 conflict: conflict with "one": .data.k',
    details: {
      causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.data.k' }],
    },
  });
  expect((await apply('fieldManager=two&force=true', words('k: "9"'))).json.data).toEqual({ k: '9' });
});

it.each([
  ['', words('k: "1"'), 422, 'fieldManager: Required value: is required for apply patch'],
  [
    `fieldManager=${'x'.repeat(129)}`,
    words(''),
    422,
    'fieldManager: Too long: may not be more than 128 bytes',
  ],
  ['fieldManager=%07', words(''), 422, 'should only contain printable characters'],
  ['fieldManager=one', 'a: [', 400, 'error decoding YAML: '],
  ['fieldManager=one', '[1]', 400, 'error decoding YAML: json: cannot unmarshal array'],
  [
    'fieldManager=one',
    'apiVersion: apps/v1\nkind: ConfigMap',
    400,
    'invalid object type: apps/v1, Kind=ConfigMap',
  ],
  ['fieldManager=one', words('').replace('name: a', 'name: b'), 400, 'does not match the name on the URL'],
])('refuses ?%s %j with %i', async (query, body, status, message) => {
  const { json, ...refused } = await apply(query, body);
  expect([refused.status, json.message]).toEqual([status, expect.stringContaining(message)]);
});

it('force is for applies alone', async () => {
  await rig.call('POST', MAPS, { body: configMap('a', {}) });
  const patched = await apply('force=true', '{}', { 'content-type': 'application/merge-patch+json' });
  expect(patched.json.message).toContain('force: Forbidden: may not be specified for non-apply patch');
});

it('who may patch but not create makes nothing by it', async () => {
  const roles = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
  const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['patch'] }];
  await rig.call('POST', `${roles}/roles`, { body: { metadata: { name: 'patcher' }, rules } });
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'patcher' };
  const subjects = [{ kind: 'User', name: 'patcher' }];
  await rig.call('POST', `${roles}/rolebindings`, { body: { metadata: { name: 'p' }, roleRef, subjects } });
  const as = { 'impersonate-user': 'patcher' };
  const refused = await apply('fieldManager=one', words('k: "1"'), as);
  expect([refused.status, refused.json.message]).toEqual([
    403,
    expect.stringContaining('User "patcher" cannot create resource "configmaps"'),
  ]);
  await rig.call('POST', MAPS, { body: configMap('a', {}) });
  expect((await apply('fieldManager=one', words('k: "1"'), as)).status).toBe(200);
});

it('a writer that names no manager is known by its user agent', async () => {
  const headers = { 'user-agent': 'robot/1.2 (linux)' };
  const made = await rig.call('POST', MAPS, { body: configMap('a', { k: '1' }), headers });
  expect(made.json.metadata.managedFields).toMatchObject([{ manager: 'robot', operation: 'Update' }]);
});
