import type { PeerCertificate } from 'node:tls';
import { silentLogger } from '@fairlead/discovery';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../discovery/test/doubles/virtual-clock.js';
import { ScriptedReviews } from '../../test/doubles/scripted-reviews.js';
import { Gatekeeper } from './gatekeeper.js';

function guard({ byCertificate }: { readonly byCertificate: boolean }) {
  const clock = new VirtualClock();
  const reviews = new ScriptedReviews();
  const gatekeeper = new Gatekeeper({
    reviews,
    clock,
    logger: silentLogger,
    byCertificate,
    audience: 'fairlead',
    namespaceOf: () => undefined,
  });
  // Of a certificate nothing else is read.
  const certificate = (subject: object, endsInMs = 60_000) =>
    ({ subject, valid_to: new Date(clock.now() + endsInMs).toUTCString() }) as unknown as PeerCertificate;
  const showCertificate = (subject: object, endsInMs?: number) =>
    gatekeeper.admit({ authorization: undefined, certificate: certificate(subject, endsInMs) });
  const showToken = (token: string) =>
    gatekeeper.admit({ authorization: `Bearer ${token}`, certificate: undefined });
  return { clock, reviews, showCertificate, showToken };
}

describe('Gatekeeper', () => {
  it.each<[string, object, object]>([
    ['one name', { CN: 'app' }, { username: 'app', groups: ['system:authenticated'] }],
    // Go keeps the last common name that it reads.
    ['several names', { CN: ['admin', 'app'] }, { username: 'app' }],
    ['groups', { CN: 'app', O: ['a', 'b'] }, { username: 'app', groups: ['a', 'b', 'system:authenticated'] }],
  ])('reads a certificate with %s as the API server does', async (_, subject, identity) => {
    const { showCertificate } = guard({ byCertificate: true });
    expect(await showCertificate(subject)).toMatchObject({ kind: 'admitted', identity });
  });

  it.each([{}, { CN: '' }, { O: 'a' }])('does not admit %j', async (subject) => {
    const { showCertificate } = guard({ byCertificate: true });
    expect(await showCertificate(subject)).toMatchObject({ kind: 'unauthenticated' });
  });

  it('does not admit a certificate that has ended: a connection may live longer', async () => {
    const { showCertificate } = guard({ byCertificate: true });
    expect(await showCertificate({ CN: 'app' }, 0)).toEqual({
      kind: 'unauthenticated',
      text: 'what this client shows of itself has ended',
    });
  });

  it('does not admit a token that has ended, though the API server lets it count a little longer', async () => {
    const { clock, reviews, showToken } = guard({ byCertificate: false });
    const [old, good] = [
      reviews.account('old', { expiresAtMs: clock.now() }),
      reviews.account('good', { expiresAtMs: clock.now() + 1 }),
    ];
    expect(await showToken(old)).toMatchObject({ kind: 'unauthenticated' });
    expect(await showToken(good)).toMatchObject({ kind: 'admitted' });
  });
});
