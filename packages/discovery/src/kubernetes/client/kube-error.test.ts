import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DiscoveryError } from '../../errors.js';
import {
  KubeError,
  kubeErrorFromStatus,
  parseRetryAfter,
  type RequestContext,
  toDiscoveryError,
} from './kube-error.js';

/** The Status in a recorded answer of a real API server. */
function recorded(name: string): unknown {
  const text = readFileSync(new URL(`../../../test/fixtures/answers/${name}.http`, import.meta.url), 'utf8');
  return JSON.parse(text.slice(text.indexOf('{')));
}

const context: RequestContext = {
  verb: 'list',
  ref: { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' },
  namespace: 'nspace',
  server: 'https://10.0.0.1:443',
  identity: { origin: 'in-cluster token file /run/token', user: 'nspace:app' },
};

describe('the error of a Status', () => {
  test('keeps code, reason, message and details', () => {
    const error = kubeErrorFromStatus(recorded('list-403'));
    expect(error).toMatchObject({
      status: 403,
      reason: 'Forbidden',
      details: { group: 'discovery.k8s.io', kind: 'endpointslices' },
    });
    expect(error.message).toContain('cannot list resource "endpointslices"');
    expect(error.retryAfterMs).toBeUndefined();
  });

  test('takes the wait from the header, else from the details', () => {
    const status = { code: 429, details: { retryAfterSeconds: 3 } };
    expect(kubeErrorFromStatus(status).retryAfterMs).toBe(3000);
    expect(kubeErrorFromStatus(status, 429, 1000).retryAfterMs).toBe(1000);
  });

  test.each([undefined, null, 'text', 7, {}])('makes do with %j', (status) => {
    expect(kubeErrorFromStatus(status, 502)).toMatchObject({
      status: 502,
      reason: '',
      message: 'the API server answered 502',
    });
  });

  test('keeps no text of any length', () => {
    expect(kubeErrorFromStatus({ code: 500, message: 'x'.repeat(1_000_000) }).message).toHaveLength(4_000);
  });

  test('leaves out details of another type, on which readers would stumble', () => {
    const details = { name: 5, causes: {}, retryAfterSeconds: '1', kind: 'pods' };
    expect(kubeErrorFromStatus({ code: 500, details }).details).toEqual({ kind: 'pods' });
    expect(kubeErrorFromStatus({ code: 500, details: { causes: [null, 'x'] } }).details.causes).toEqual([
      {},
      {},
    ]);
  });

  test('is recognised across copies of the class', () => {
    class Copy extends Error {}
    const copy = new Copy();
    Object.defineProperty(copy, Symbol.for('@fairlead/discovery.KubeError'), { value: true });
    expect(copy instanceof KubeError).toBe(true);
    expect(new Error('x') instanceof KubeError).toBe(false);
  });
});

describe('Retry-After', () => {
  const nowMs = Date.parse('2030-01-01T00:00:00Z');
  test.each([
    ['5', 5000],
    [' 0 ', 0],
    ['Tue, 01 Jan 2030 00:00:07 GMT', 7000],
    ['Mon, 31 Dec 2029 23:59:00 GMT', 0],
    ['soon', undefined],
    [undefined, undefined],
  ])('%j is %j ms', (header, ms) => expect(parseRetryAfter(header, nowMs)).toBe(ms));
});

describe('what a caller is told', () => {
  const advice = '"fairlead doctor --rbac TARGET" prints the Role';
  const nobody = `ServiceAccount nspace:nobody may not list endpointslices.discovery.k8s.io in namespace nspace: ${advice}`;
  const anonymous = `User "system:anonymous" may not list endpointslices.discovery.k8s.io in namespace nspace: ${advice}`;
  const table: [string, unknown, string, string][] = [
    [
      'a refused token, with where it came from',
      kubeErrorFromStatus(recorded('list-401')),
      'UNAUTHORIZED',
      'the API server refused the credentials (401): in-cluster token file /run/token',
    ],
    [
      'a missing right, by the user of the answer',
      kubeErrorFromStatus(recorded('list-403')),
      'FORBIDDEN',
      nobody,
    ],
    ['a missing right of nobody', kubeErrorFromStatus(recorded('list-anonymous')), 'FORBIDDEN', anonymous],
    [
      'a missing right, by the access when the answer is mute',
      new KubeError(403, 'forbidden'),
      'FORBIDDEN',
      `ServiceAccount nspace:app may not list endpointslices.discovery.k8s.io in namespace nspace: ${advice}`,
    ],
    [
      'any other answer',
      new KubeError(500, 'etcd is away', { reason: 'InternalError' }),
      'API_ERROR',
      'list endpointslices.discovery.k8s.io in namespace nspace at https://10.0.0.1:443 failed (500 InternalError): etcd is away',
    ],
    [
      'a page of text',
      new KubeError(500, `line\nline ${'x'.repeat(5000)}`),
      'API_ERROR',
      `list endpointslices.discovery.k8s.io in namespace nspace at https://10.0.0.1:443 failed (500): line line ${'x'.repeat(290)}…`,
    ],
    ['an error of unknown kind', new Error('boom'), 'UNREACHABLE', 'https://10.0.0.1:443: boom'],
  ];
  test.each(table)('%s', (_, error, code, message) => {
    const mapped = toDiscoveryError(error, context);
    expect({ code: mapped.code, message: mapped.message }).toEqual({ code, message });
    expect(mapped.cause).toBe(error);
  });

  test('puts the target into the advice', () => {
    const error = toDiscoveryError(new KubeError(403, ''), { ...context, target: 'k8s:///a.b:80' });
    expect(error.message).toContain('"fairlead doctor --rbac k8s:///a.b:80"');
  });

  test('names the verb that was denied and the lack of a namespace', () => {
    const denied = new KubeError(
      403,
      'x is forbidden: User "arn:aws:iam::1:user/bob" cannot watch resource "pods"',
    );
    const { namespace: _, ...cluster } = context;
    const ref = { group: '', version: 'v1', resource: 'pods' };
    expect(toDiscoveryError(denied, { ...cluster, ref }).message).toMatch(
      /^User "arn:aws:iam::1:user\/bob" may not watch pods in all namespaces:/,
    );
  });

  test('passes an error of discovery on as it is', () => {
    const error = new DiscoveryError('PROTOCOL', 'x');
    expect(toDiscoveryError(error, context)).toBe(error);
  });
});
