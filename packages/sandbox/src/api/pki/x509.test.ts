import { createPrivateKey, X509Certificate } from 'node:crypto';
import { expect, it } from 'vitest';
import { createCertificateAuthority } from './x509.js';

const NOW = Date.parse('2049-12-31T12:00:00Z');
const ca = createCertificateAuthority({ commonName: 'test-ca', now: () => NOW, validDays: 2 });
const root = new X509Certificate(ca.certificatePem);

it('signs itself as an authority', () => {
  expect(root.ca).toBe(true);
  expect(root.subject).toBe('CN=test-ca');
  expect(root.verify(root.publicKey)).toBe(true);
});

it('issues a server certificate for names and addresses of both families', () => {
  const { certificatePem, keyPem } = ca.issue({
    commonName: 'server',
    dnsNames: ['kubernetes.default.svc'],
    addresses: ['127.9.0.1', '::1', '2001:db8::8:0'],
    usage: 'server',
  });
  const leaf = new X509Certificate(certificatePem);
  expect(leaf.verify(root.publicKey)).toBe(true);
  expect(leaf.checkIssued(root)).toBe(true);
  expect(leaf.checkPrivateKey(createPrivateKey(keyPem))).toBe(true);
  expect(leaf.ca).toBe(false);
  expect(leaf.checkHost('kubernetes.default.svc')).toBe('kubernetes.default.svc');
  for (const ip of ['127.9.0.1', '::1', '2001:db8::8:0']) expect(leaf.checkIP(ip)).toBe(ip);
  expect(leaf.checkIP('127.9.0.2')).toBeUndefined();
  expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
});

it('issues a client certificate with user and groups', () => {
  const leaf = new X509Certificate(
    ca.issue({ commonName: 'jane', organizations: ['devs', 'ops'], usage: 'client' }).certificatePem,
  );
  expect(leaf.subject.split('\n')).toEqual(['O=devs', 'O=ops', 'CN=jane']);
  expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
});

it('writes times on both sides of 2050', () => {
  expect(Date.parse(root.validFrom)).toBe(NOW - 3_600_000);
  expect(Date.parse(root.validTo)).toBe(NOW + 2 * 86_400_000);
});

it('gives every certificate a serial number of its own', () => {
  const serials = [1, 2, 3].map(
    () => new X509Certificate(ca.issue({ commonName: 'x', usage: 'client' }).certificatePem).serialNumber,
  );
  expect(new Set(serials).size).toBe(3);
});

it('refuses what is no address', () => {
  expect(() => ca.issue({ commonName: 'x', addresses: ['localhost'], usage: 'server' })).toThrow(
    'certificate address "localhost": an IPv4 or IPv6 address is accepted',
  );
});
