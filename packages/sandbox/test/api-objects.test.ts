import { connect } from 'node:http2';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ApiRig, configMap, deployment, MAPS, pod, startApi } from './api-rig.js';

let rig: ApiRig;
beforeAll(async () => {
  rig = await startApi();
});
afterAll(() => rig.close());
afterEach(async () => {
  await rig.call('DELETE', MAPS);
  await rig.call('DELETE', DEPLOYMENTS);
});

const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const TABLE = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };
const names = (reply: { json: { items: { metadata: { name: string } }[] } }) =>
  reply.json.items.map(({ metadata }) => metadata.name);

describe('an object', () => {
  it('is created, read, replaced, patched and deleted', async () => {
    const created = await rig.call('POST', MAPS, { body: configMap('a', { k: '1' }) });
    expect(created.status).toBe(201);
    expect(created.headers['content-type']).toBe('application/json');
    expect((await rig.call('GET', `${MAPS}/a`)).json).toEqual(created.json);

    const replaced = await rig.call('PUT', `${MAPS}/a`, { body: { ...created.json, data: { k: '2' } } });
    expect(replaced.status).toBe(200);
    expect(replaced.json).toMatchObject({ data: { k: '2' }, metadata: { uid: created.json.metadata.uid } });

    const patched = await rig.call('PATCH', `${MAPS}/a`, {
      body: { data: { l: '3' } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    expect(patched.json.data).toEqual({ k: '2', l: '3' });

    const deleted = await rig.call('DELETE', `${MAPS}/a`);
    expect(deleted.json).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name: 'a', kind: 'configmaps', uid: created.json.metadata.uid },
    });
    expect((await rig.call('GET', `${MAPS}/a`)).status).toBe(404);
  });

  it('with a member called __proto__ is stored without it, or with it where any key may be', async () => {
    const body = `{"metadata":{"name":"a","labels":{"a":"b"}},"__proto__":{"x":1},"data":{"__proto__":"v","k":"w"}}`;
    const created = await rig.call('POST', MAPS, { body });
    expect(created.text).toMatch(/"code":422.*data\[__proto__\]|"data":\{"__proto__":"v","k":"w"\}/);
  });

  it('whose metadata or body for a subresource is of another type is refused', async () => {
    expect((await rig.call('POST', MAPS, { body: '{"metadata":"x"}' })).status).toBe(400);
    await rig.call('POST', '/api/v1/namespaces/default/serviceaccounts', {
      body: { metadata: { name: 'app' } },
    });
    const tokenPath = '/api/v1/namespaces/default/serviceaccounts/app/token';
    const odd = await rig.call('POST', tokenPath, { body: { spec: { audiences: [{ toString: 1 }] } } });
    expect(odd.json).toMatchObject({
      code: 400,
      message: expect.stringContaining('cannot unmarshal object'),
    });
  });

  it('keeps its version in a patch that changes nothing', async () => {
    const created = await rig.call('POST', MAPS, { body: configMap('a', { k: '1' }) });
    const patched = await rig.call('PATCH', `${MAPS}/a`, {
      body: { data: { k: '1' } },
      headers: { 'content-type': 'application/strategic-merge-patch+json' },
    });
    expect(patched.json.metadata.resourceVersion).toBe(created.json.metadata.resourceVersion);
  });

  it('refuses a write that is based on an older version', async () => {
    const created = await rig.call('POST', MAPS, { body: configMap('a') });
    await rig.call('PUT', `${MAPS}/a`, { body: configMap('a', { k: '1' }) });
    const late = await rig.call('PUT', `${MAPS}/a`, { body: { ...created.json, data: { k: '2' } } });
    expect(late.json).toMatchObject({
      code: 409,
      reason: 'Conflict',
      details: { name: 'a', kind: 'configmaps' },
    });
  });

  it('is shown but not written in a dry run', async () => {
    const dry = await rig.call('POST', `${MAPS}?dryRun=All`, { body: configMap('dry') });
    expect(dry.status).toBe(201);
    expect(dry.json.metadata.uid).toBeDefined();
    expect((await rig.call('GET', `${MAPS}/dry`)).status).toBe(404);
    await rig.call('POST', MAPS, { body: configMap('a') });
    expect((await rig.call('DELETE', `${MAPS}/a?dryRun=All`)).status).toBe(200);
    expect((await rig.call('GET', `${MAPS}/a`)).status).toBe(200);
  });

  it('with unknown fields is refused, warned of or taken, as asked', async () => {
    const body = { ...configMap('a'), dtaa: {} };
    const strict = await rig.call('POST', `${MAPS}?fieldValidation=Strict`, { body });
    expect(strict.json).toMatchObject({
      code: 400,
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "dtaa"',
    });
    const warned = await rig.call('POST', MAPS, { body });
    expect(warned.headers.warning).toBe('299 - "unknown field \\"dtaa\\""');
    expect(warned.json.dtaa).toBeUndefined();
    await rig.call('DELETE', MAPS);
    const ignored = await rig.call('POST', `${MAPS}?fieldValidation=Ignore`, { body });
    expect([ignored.status, ignored.headers.warning]).toEqual([201, undefined]);
    const wrong = await rig.call('POST', `${MAPS}?fieldValidation=Maybe`, { body });
    expect(wrong.json).toMatchObject({
      code: 422,
      message: expect.stringContaining('supported values: "Ignore", "Strict", "Warn"'),
    });
  });

  it('of a pod on a node is shown while it ends', async () => {
    await rig.call('POST', '/api/v1/namespaces/default/pods', { body: pod('p', { nodeName: 'n' }) });
    const path = '/api/v1/namespaces/default/pods/p';
    const first = await rig.call('DELETE', path, { body: { gracePeriodSeconds: 7 } });
    expect(first.json).toMatchObject({ kind: 'Pod', metadata: { deletionGracePeriodSeconds: 7 } });
    const second = await rig.call('DELETE', `${path}?gracePeriodSeconds=0`);
    expect(second.json.kind).toBe('Pod');
    expect((await rig.call('GET', path)).status).toBe(404);
  });
});

describe('subresources', () => {
  it('scale reads and writes the replica count', async () => {
    await rig.call('POST', DEPLOYMENTS, { body: deployment('d') });
    const scale = await rig.call('GET', `${DEPLOYMENTS}/d/scale`);
    expect(scale.json).toMatchObject({ kind: 'Scale', spec: { replicas: 2 }, status: { selector: 'app=d' } });
    const table = await rig.call('GET', `${DEPLOYMENTS}/d/scale`, { headers: TABLE });
    expect(table.json.columnDefinitions.map(({ name }: { name: string }) => name)).toEqual([
      'Name',
      'Desired',
      'Available',
      'Age',
    ]);
    expect(table.json.rows[0].cells).toEqual(['d', 2, 0, expect.any(String)]);
    scale.json.spec.replicas = 5;
    expect((await rig.call('PUT', `${DEPLOYMENTS}/d/scale`, { body: scale.json })).json.spec.replicas).toBe(
      5,
    );
    expect((await rig.call('PUT', `${DEPLOYMENTS}/d/scale`, { body: scale.json })).status).toBe(409);
    const patched = await rig.call('PATCH', `${DEPLOYMENTS}/d/scale`, {
      body: { spec: { replicas: 0 } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    expect(patched.json.spec.replicas).toBe(0);
    expect(rig.store.get('deployments', 'default', 'd')).toMatchObject({ spec: { replicas: 0 } });
  });

  it('status leaves the spec alone', async () => {
    await rig.call('POST', DEPLOYMENTS, { body: deployment('d') });
    const body = { ...deployment('d', 9), status: { replicas: 3 } };
    const written = await rig.call('PUT', `${DEPLOYMENTS}/d/status`, { body });
    expect(written.json).toMatchObject({ spec: { replicas: 2 }, status: { replicas: 3 } });
  });

  it('binding gives a pod its node, eviction ends it', async () => {
    const pods = '/api/v1/namespaces/default/pods';
    await rig.call('POST', pods, { body: pod('b') });
    const binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'b' },
      target: { kind: 'Node', name: 'n' },
    };
    expect((await rig.call('POST', `${pods}/b/binding`, { body: binding })).json).toMatchObject({
      status: 'Success',
    });
    expect(rig.store.get('pods', 'default', 'b')).toMatchObject({ spec: { nodeName: 'n' } });
    const eviction = {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: 'b' },
      deleteOptions: { gracePeriodSeconds: 0 },
    };
    expect((await rig.call('POST', `${pods}/b/eviction`, { body: eviction })).status).toBe(201);
    expect(rig.store.get('pods', 'default', 'b')).toBeUndefined();
  });
});

describe('a list', () => {
  async function fill(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      await rig.call('POST', MAPS, { body: configMap(`m${i}`, {}, { parity: i % 2 ? 'odd' : 'even' }) });
    }
  }

  it('selects by labels and fields', async () => {
    await fill(4);
    expect(names(await rig.call('GET', `${MAPS}?labelSelector=parity%20in%20(odd)`))).toEqual(['m1', 'm3']);
    expect(names(await rig.call('GET', `${MAPS}?fieldSelector=metadata.name%3Dm2`))).toEqual(['m2']);
    const bad = await rig.call('GET', `${MAPS}?fieldSelector=data.k%3D1`);
    expect(bad.json).toMatchObject({ code: 400, message: 'field label not supported: data.k' });
    expect((await rig.call('GET', `${MAPS}?labelSelector=a%20b`)).status).toBe(400);
  });

  it('leaves out what each item would repeat', async () => {
    await fill(1);
    const { json } = await rig.call('GET', MAPS);
    expect(json).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' });
    expect(json.items[0].kind).toBeUndefined();
  });

  it('comes in pages that show one moment, whatever is written meanwhile', async () => {
    await fill(5);
    const first = await rig.call('GET', `${MAPS}?limit=2`);
    expect(first.json.metadata.remainingItemCount).toBe(3);
    await rig.call('DELETE', `${MAPS}/m3`);
    await rig.call('POST', MAPS, { body: configMap('m22') });
    const second = await rig.call('GET', `${MAPS}?limit=2&continue=${first.json.metadata.continue}`);
    const third = await rig.call('GET', `${MAPS}?limit=2&continue=${second.json.metadata.continue}`);
    expect([first, second, third].flatMap(names)).toEqual(['m0', 'm1', 'm2', 'm3', 'm4']);
    expect(third.json.metadata.continue).toBeUndefined();
    expect(third.json.metadata.resourceVersion).toBe(first.json.metadata.resourceVersion);
  });

  it('ends with 410 when its moment is forgotten, and can go on with the newest', async () => {
    await fill(4);
    const first = await rig.call('GET', `${MAPS}?limit=2`);
    await rig.call('POST', MAPS, { body: configMap('m9') });
    rig.api.compact();
    const expired = await rig.call('GET', `${MAPS}?limit=2&continue=${first.json.metadata.continue}`);
    expect(expired.json).toMatchObject({ code: 410, reason: 'Expired' });
    expect(expired.json.message).toMatch(/^The provided continue parameter is too old/);
    const rest = await rig.call('GET', `${MAPS}?continue=${expired.json.metadata.continue}`);
    expect(names(rest)).toEqual(['m2', 'm3', 'm9']);
  });

  it('at resourceVersion=0 comes whole; Exact shows the past', async () => {
    await fill(3);
    const past = (await rig.call('GET', MAPS)).json.metadata.resourceVersion;
    await rig.call('DELETE', `${MAPS}/m1`);
    expect(names(await rig.call('GET', `${MAPS}?limit=1&resourceVersion=0`))).toEqual(['m0', 'm2']);
    const exact = await rig.call('GET', `${MAPS}?resourceVersion=${past}&resourceVersionMatch=Exact`);
    expect(names(exact)).toEqual(['m0', 'm1', 'm2']);
    expect(exact.json.metadata.resourceVersion).toBe(past);
    const newer = await rig.call('GET', `${MAPS}?resourceVersion=${past}&resourceVersionMatch=NotOlderThan`);
    expect(names(newer)).toEqual(['m0', 'm2']);
  });

  it('of the future is answered 504 with a cause and a time to try again', async () => {
    const reply = await rig.call('GET', `${MAPS}?resourceVersion=999999999`);
    expect(reply.json).toMatchObject({
      code: 504,
      reason: 'Timeout',
      message: expect.stringMatching(/^Too large resource version: 999999999, current: \d+$/),
      details: { causes: [{ reason: 'ResourceVersionTooLarge' }], retryAfterSeconds: 1 },
    });
    expect(reply.headers['retry-after']).toBe('1');
  });

  it.each([
    [
      'resourceVersionMatch=Exact',
      422,
      'resourceVersionMatch is forbidden unless resourceVersion is provided',
    ],
    [
      'resourceVersion=0&resourceVersionMatch=Exact',
      422,
      'resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
    ],
    ['resourceVersion=1&resourceVersionMatch=Newest', 422, 'Unsupported value: "Newest"'],
    ['sendInitialEvents=true', 422, 'sendInitialEvents is forbidden for list'],
    [
      'watch=1&sendInitialEvents=true',
      422,
      'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    ],
    [
      'watch=1&resourceVersion=1&resourceVersionMatch=NotOlderThan',
      422,
      'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
    ],
    [
      'resourceVersion=abc',
      400,
      'invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc"',
    ],
    ['watch=1&resourceVersion=abc', 500, 'resourceVersion: Invalid value: "abc"'],
    ['timeoutSeconds=x', 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    ['limit=x', 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    ['continue=x', 400, 'continue key is not valid'],
    ['continue=x&resourceVersion=5', 400, 'specifying resource version is not allowed when using continue'],
    ['includeObject=All', 400, 'unrecognized includeObject value'],
  ])('refuses ?%s', async (query, code, message) => {
    const reply = await rig.call('GET', `${MAPS}?${query}`);
    expect(reply.status).toBe(code);
    expect(reply.json.message).toContain(message);
  });

  it('is a table or metadata alone when asked', async () => {
    await fill(2);
    const table = await rig.call('GET', MAPS, { headers: TABLE });
    expect(table.json).toMatchObject({ kind: 'Table', rows: [{ cells: ['m0', 0, expect.any(String)] }, {}] });
    expect(table.json.metadata.resourceVersion).toBeDefined();
    expect(table.json.columnDefinitions[0].name).toBe('Name');
    expect(table.json.rows[0].object.kind).toBe('PartialObjectMetadata');
    const accept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
    const partial = await rig.call('GET', MAPS, { headers: { accept } });
    expect(partial.json.kind).toBe('PartialObjectMetadataList');
    expect(partial.json.items[0]).toMatchObject({
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
    });
    const one = await rig.call('GET', `${MAPS}/m0?includeObject=None`, { headers: TABLE });
    expect(Object.keys(one.json.rows[0])).toEqual(['cells']);
  });

  it('is deleted as it is selected', async () => {
    await fill(4);
    const deleted = await rig.call('DELETE', `${MAPS}?labelSelector=parity%3Dodd`);
    expect(names(deleted)).toEqual(['m1', 'm3']);
    expect(names(await rig.call('GET', MAPS))).toEqual(['m0', 'm2']);
  });
});

describe('refusals', () => {
  it.each([
    [
      'GET',
      '/api/v1/widgets',
      undefined,
      404,
      'NotFound',
      'the server could not find the requested resource',
    ],
    [
      'GET',
      '/apis/example.com/v1',
      undefined,
      404,
      'NotFound',
      'the server could not find the requested resource',
    ],
    ['GET', '/nothing', undefined, 404, 'NotFound', 'the server could not find the requested resource'],
    ['GET', `${MAPS}/a/exec`, undefined, 404, 'NotFound', 'the server could not find the requested resource'],
    [
      'GET',
      '/api/v1/namespaces/default/nodes',
      undefined,
      404,
      'NotFound',
      'the server could not find the requested resource',
    ],
    [
      'GET',
      '/api/v1/configmaps/a',
      undefined,
      404,
      'NotFound',
      'the server could not find the requested resource',
    ],
    ['GET', `${DEPLOYMENTS}/nope`, undefined, 404, 'NotFound', 'deployments.apps "nope" not found'],
    [
      'POST',
      '/api/v1/configmaps',
      configMap('a'),
      405,
      'MethodNotAllowed',
      'the server does not allow this method on the requested resource',
    ],
    [
      'POST',
      `${MAPS}/a`,
      configMap('a'),
      405,
      'MethodNotAllowed',
      'the server does not allow this method on the requested resource',
    ],
    [
      'PUT',
      MAPS,
      configMap('a'),
      405,
      'MethodNotAllowed',
      'the server does not allow this method on the requested resource',
    ],
    [
      'POST',
      '/version',
      {},
      405,
      'MethodNotAllowed',
      'the server does not allow this method on the requested resource',
    ],
    [
      'POST',
      MAPS,
      '{"kind',
      400,
      'BadRequest',
      'the object provided is unrecognized (must be of type ConfigMap): ',
    ],
    [
      'POST',
      MAPS,
      { ...configMap('a'), metadata: { name: 'a', namespace: 'x' } },
      400,
      'BadRequest',
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
    [
      'PUT',
      `${MAPS}/b`,
      configMap('a'),
      400,
      'BadRequest',
      'the name of the object (a) does not match the name on the URL (b)',
    ],
    [
      'POST',
      MAPS,
      { ...configMap('a'), metadata: { name: 7 } },
      400,
      'BadRequest',
      'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string',
    ],
    ['POST', MAPS, { ...configMap('a'), metadata: [] }, 400, 'BadRequest', 'json: cannot unmarshal'],
    [
      'POST',
      MAPS,
      configMap('A_B'),
      422,
      'Invalid',
      'ConfigMap "A_B" is invalid: metadata.name: Invalid value: "A_B": ',
    ],
    [
      'DELETE',
      `${MAPS}/a?propagationPolicy=Never`,
      undefined,
      422,
      'Invalid',
      'propagationPolicy: Unsupported value: "Never"',
    ],
  ])('%s %s', async (method, path, body, code, reason, message) => {
    const { status, json } = await rig.call(method, path, body === undefined ? {} : { body });
    expect(json).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason });
    expect(status).toBe(code);
    expect(json.message).toContain(message);
  });

  it('answers 406 and 415 with what it would take', async () => {
    const protobuf = { accept: 'application/vnd.kubernetes.protobuf' };
    expect((await rig.call('GET', MAPS, { headers: protobuf })).json).toMatchObject({
      code: 406,
      reason: 'NotAcceptable',
    });
    const text = { 'content-type': 'text/plain' };
    expect((await rig.call('POST', MAPS, { body: 'x', headers: text })).json).toMatchObject({
      code: 415,
      reason: 'UnsupportedMediaType',
      message: expect.stringContaining('accepted media types include: application/json'),
    });
    await rig.call('POST', MAPS, { body: configMap('a') });
    expect((await rig.call('PATCH', `${MAPS}/a`, { body: {} })).status).toBe(415);
  });

  it('answers 413 to a body above 3 MB and goes on', async () => {
    const body = configMap('big', { k: 'x'.repeat(3 * 1024 * 1024) });
    const reply = await rig.call('POST', MAPS, { body });
    expect(reply.json).toMatchObject({ code: 413, message: 'Request entity too large: limit is 3145728' });
    expect((await rig.call('GET', '/readyz')).text).toBe('ok');
  });
});

describe('other paths', () => {
  it('serves discovery, openapi and version', async () => {
    expect((await rig.call('GET', '/version')).json).toMatchObject({ major: '1', compiler: 'node' });
    expect((await rig.call('GET', '/apis')).json.kind).toBe('APIGroupList');
    expect((await rig.call('GET', '/apis/')).json.kind).toBe('APIGroupList');
    expect((await rig.call('GET', '/api/v1')).json.kind).toBe('APIResourceList');
    const { paths } = (await rig.call('GET', '/openapi/v3')).json;
    const group = await rig.call('GET', paths['apis/apps/v1'].serverRelativeURL);
    expect(group.json.openapi).toBe('3.0.0');
    expect((await rig.call('GET', '/openapi/v3/apis/example.com/v1')).status).toBe(404);
  });

  it('says that it is up to anyone', async () => {
    for (const path of ['/healthz', '/livez', '/readyz', '/readyz/ping']) {
      expect(await rig.call('GET', path, { token: null }), path).toMatchObject({ status: 200, text: 'ok' });
    }
  });
});

it('speaks HTTP/2 as well', async () => {
  const session = connect(rig.api.url, { ca: rig.ca.certificatePem });
  const ask = (headers: Record<string, string>, body?: string) =>
    new Promise<{ status: unknown; text: string }>((resolve, reject) => {
      const stream = session.request({ authorization: `Bearer ${rig.token}`, ...headers });
      let status: unknown;
      let text = '';
      stream.on('response', (answer) => {
        status = answer[':status'];
      });
      stream.setEncoding('utf8');
      stream.on('data', (chunk: string) => {
        text += chunk;
      });
      stream.on('end', () => resolve({ status, text }));
      stream.on('error', reject);
      stream.end(body);
    });
  const body = JSON.stringify(configMap('h2'));
  const created = await ask({ ':method': 'POST', ':path': MAPS, 'content-type': 'application/json' }, body);
  expect(created.status).toBe(201);
  const watched = await ask({ ':path': `${MAPS}?watch=1&timeoutSeconds=1` });
  expect(JSON.parse(watched.text)).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'h2' } } });
  session.close();
});
