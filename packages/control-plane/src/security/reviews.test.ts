import type { KubeObject, ResourceRef } from '@fairlead/discovery/kubernetes';
import { describe, expect, it } from 'vitest';
import { tokenOf } from '../../test/doubles/scripted-reviews.js';
import { createReviews } from './reviews.js';

const APP = 'system:serviceaccount:shop:app';

/** An API server that answers every review with one status, and notes what it was asked. */
function server(status: object) {
  const asked: [resource: string, spec: unknown][] = [];
  const create = async <T extends KubeObject>(
    { resource }: ResourceRef,
    { spec }: KubeObject,
  ): Promise<T> => {
    asked.push([resource, spec]);
    return { status } as unknown as T;
  };
  return { reviews: createReviews({ create }, 'fairlead'), asked };
}

describe('a token', () => {
  const user = { username: APP, groups: ['system:serviceaccounts'], uid: '1', extra: { pod: ['p'] } };
  const good = { authenticated: true, audiences: ['fairlead'], user };

  it('is that of whom the API server says, until its own end', async () => {
    const { reviews, asked } = server(good);
    const token = tokenOf(APP, { exp: 1_700_000_000 });
    expect(await reviews.token(token)).toEqual({
      username: APP,
      groups: ['system:serviceaccounts'],
      uid: '1',
      expiresAtMs: 1_700_000_000_000,
    });
    expect(asked).toEqual([['tokenreviews', { token, audiences: ['fairlead'] }]]);
  });

  it.each([
    ['is not authenticated', { ...good, authenticated: false }],
    ['is for another audience', { ...good, audiences: ['https://kubernetes.default.svc'] }],
    ['was reviewed by a server that knows no audiences', { ...good, audiences: undefined }],
    ['has no user', { ...good, user: {} }],
  ])('is nobody’s when it %s', async (_, status) => {
    expect(await server(status).reviews.token(tokenOf(APP))).toBeUndefined();
  });

  it.each([tokenOf(APP), tokenOf(APP, { exp: 'soon' }), 'a.b.c'])('has no known end: %s', async (token) => {
    expect(await server(good).reviews.token(token)).toMatchObject({ expiresAtMs: undefined });
  });
});

describe('a right', () => {
  it('is asked for by name and groups, and is there when the API server says so', async () => {
    const { reviews, asked } = server({ allowed: true });
    expect(await reviews.mayList({ username: APP, groups: ['g'], uid: '1' }, 'shop')).toBe(true);
    const resourceAttributes = {
      group: 'discovery.k8s.io',
      resource: 'endpointslices',
      verb: 'list',
      namespace: 'shop',
    };
    expect(asked).toEqual([
      ['subjectaccessreviews', { user: APP, groups: ['g'], uid: '1', resourceAttributes }],
    ]);
  });

  it.each([{ allowed: false }, { denied: true }, {}])('is not there for %j', async (status) => {
    expect(await server(status).reviews.mayList({ username: APP, groups: [] }, 'shop')).toBe(false);
  });
});
