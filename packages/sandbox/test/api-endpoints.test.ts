import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiRig, MAPS, startApi } from './api-rig.js';

const ENDPOINTS = '/api/v1/namespaces/default/endpoints';
const DEPRECATED = '299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"';

let rig: ApiRig;
beforeAll(async () => {
  rig = await startApi();
});
afterAll(() => rig.close());

const endpoints = (name: string, ip: string): object => ({
  metadata: { name },
  subsets: [{ addresses: [{ ip }], ports: [{ port: 80 }] }],
});

it('every answer about Endpoints says that they are deprecated, refusals and watches too', async () => {
  const warnings = async (method: string, path: string, body?: object): Promise<unknown> => {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const headers = { 'content-type': type };
    const reply = await rig.call(method, path, { ...(body ? { body } : {}), headers });
    return [reply.status, reply.headers.warning];
  };
  expect(await warnings('POST', ENDPOINTS, endpoints('a', '10.0.0.1'))).toEqual([201, DEPRECATED]);
  expect(await warnings('GET', `${ENDPOINTS}/a`)).toEqual([200, DEPRECATED]);
  expect(await warnings('GET', ENDPOINTS)).toEqual([200, DEPRECATED]);
  expect(await warnings('GET', '/api/v1/endpoints')).toEqual([200, DEPRECATED]);
  expect(await warnings('PUT', `${ENDPOINTS}/a`, endpoints('a', '10.0.0.2'))).toEqual([200, DEPRECATED]);
  expect(await warnings('PATCH', `${ENDPOINTS}/a`, { subsets: null })).toEqual([200, DEPRECATED]);
  expect(await warnings('POST', ENDPOINTS, endpoints('a', '10.0.0.1'))).toEqual([409, DEPRECATED]);
  expect(await warnings('GET', `${ENDPOINTS}/nothing`)).toEqual([404, DEPRECATED]);
  expect(await warnings('DELETE', `${ENDPOINTS}/a`)).toEqual([200, DEPRECATED]);
  expect(await warnings('DELETE', ENDPOINTS)).toEqual([200, DEPRECATED]);
  expect(await warnings('GET', `${MAPS}`)).toEqual([200, undefined]);
  const watch = await rig.watch(`${ENDPOINTS}?watch=1`);
  expect(watch.response.headers.warning).toBe(DEPRECATED);
  watch.close();
});

it('a write warns after that of what is odd in it', async () => {
  const reply = await rig.call('POST', ENDPOINTS, { body: { ...endpoints('v6', '2001:DB8::1'), x: 1 } });
  expect(reply.headers.warning).toBe(
    [
      DEPRECATED,
      '299 - "unknown field \\"x\\""',
      '299 - "subsets[0].addresses[0].ip: IPv6 address \\"2001:DB8::1\\" should be in RFC 5952 canonical format (\\"2001:db8::1\\")"',
    ].join(', '),
  );
});
