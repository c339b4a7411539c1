import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import * as der from './der.js';

/** A certificate with its private key, both PEM. */
export interface KeyPair {
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** What a certificate is issued for. */
export interface CertificateRequest {
  readonly commonName: string;
  /** Kubernetes reads them as groups of a client. */
  readonly organizations?: readonly string[];
  readonly dnsNames?: readonly string[];
  readonly addresses?: readonly string[];
  readonly usage: 'client' | 'server';
}

/** Issues the certificates of one cluster. */
export interface CertificateAuthority {
  readonly certificatePem: string;
  issue(request: CertificateRequest): KeyPair;
}

/** Options of a certificate authority. */
export interface CertificateAuthorityOptions {
  /** Default `fairlead-sandbox`. */
  readonly commonName?: string;
  /** Life of the authority and of all that it issues, in days. Default 365. */
  readonly validDays?: number;
  /** Milliseconds since the epoch. Default: the machine's clock. */
  readonly now?: () => number;
}

const OID = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
} as const;

/** Certificates are valid from an hour ago, for clients whose clock is behind. */
const BACKDATED_MS = 3_600_000;
const DAY_MS = 86_400_000;
const SIGNATURE_ALGORITHM = der.sequence(der.objectIdentifier(OID.ecdsaWithSha256));

interface Key {
  readonly privateKey: KeyObject;
  readonly spki: Buffer;
  readonly identifier: Buffer;
}

/** Makes a fresh authority (ECDSA P-256). Its private key never leaves memory. */
export function createCertificateAuthority(options: CertificateAuthorityOptions = {}): CertificateAuthority {
  const { commonName = 'fairlead-sandbox', validDays = 365, now = Date.now } = options;
  const caKey = newKey();
  const issuer = distinguishedName(commonName, []);

  function certificate(subject: Buffer, key: Key, extensions: readonly Buffer[]): string {
    const at = now();
    const body = der.sequence(
      der.explicit(0, der.integer(Buffer.from([2]))),
      der.integer(serialNumber()),
      SIGNATURE_ALGORITHM,
      issuer,
      der.sequence(der.time(at - BACKDATED_MS), der.time(at + validDays * DAY_MS)),
      subject,
      key.spki,
      der.explicit(3, der.sequence(...extensions)),
    );
    const signature = sign('sha256', body, caKey.privateKey);
    return toPem(der.sequence(body, SIGNATURE_ALGORITHM, der.bitString(signature)));
  }

  return {
    certificatePem: certificate(issuer, caKey, authorityExtensions(caKey)),
    issue(request) {
      const key = newKey();
      const subject = distinguishedName(request.commonName, request.organizations ?? []);
      return {
        certificatePem: certificate(subject, key, leafExtensions(request, key, caKey)),
        keyPem: key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      };
    },
  };
}

function newKey(): Key {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  // RFC 5280 §4.2.1.2: the SHA-1 of the key's bits. An uncompressed P-256 point is the last 65 bytes.
  return { privateKey, spki, identifier: createHash('sha1').update(spki.subarray(-65)).digest() };
}

function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return bytes;
}

function distinguishedName(commonName: string, organizations: readonly string[]): Buffer {
  const part = (oid: string, text: string) =>
    der.set(der.sequence(der.objectIdentifier(oid), der.utf8String(text)));
  return der.sequence(
    ...organizations.map((name) => part(OID.organization, name)),
    part(OID.commonName, commonName),
  );
}

function extension(oid: string, critical: boolean, value: Buffer): Buffer {
  const flag = critical ? [der.booleanTrue()] : [];
  return der.sequence(der.objectIdentifier(oid), ...flag, der.octetString(value));
}

function authorityExtensions(key: Key): Buffer[] {
  return [
    extension(OID.subjectKeyIdentifier, false, der.octetString(key.identifier)),
    // keyCertSign and cRLSign.
    extension(OID.keyUsage, true, der.bitString(Buffer.from([0x06]), 1)),
    extension(OID.basicConstraints, true, der.sequence(der.booleanTrue())),
  ];
}

function leafExtensions(request: CertificateRequest, key: Key, issuer: Key): Buffer[] {
  const purpose = request.usage === 'server' ? OID.serverAuth : OID.clientAuth;
  const names = [
    ...(request.dnsNames ?? []).map((name) => der.implicit(2, Buffer.from(name))),
    ...(request.addresses ?? []).map((ip) => der.implicit(7, addressBytes(ip))),
  ];
  return [
    extension(OID.subjectKeyIdentifier, false, der.octetString(key.identifier)),
    extension(OID.authorityKeyIdentifier, false, der.sequence(der.implicit(0, issuer.identifier))),
    // digitalSignature.
    extension(OID.keyUsage, true, der.bitString(Buffer.from([0x80]), 7)),
    extension(OID.basicConstraints, true, der.sequence()),
    extension(OID.extendedKeyUsage, false, der.sequence(der.objectIdentifier(purpose))),
    ...(names.length > 0 ? [extension(OID.subjectAltName, false, der.sequence(...names))] : []),
  ];
}

function addressBytes(ip: string): Buffer {
  if (isIPv4(ip)) return Buffer.from(ip.split('.').map(Number));
  if (!isIPv6(ip) || ip.includes('.') || ip.includes('%')) {
    throw new RangeError(`certificate address "${ip}": an IPv4 or IPv6 address is accepted`);
  }
  const [left = '', right = ''] = ip.split('::');
  const head = left.split(':').filter(Boolean);
  const tail = right.split(':').filter(Boolean);
  const zeros = new Array<string>(8 - head.length - tail.length).fill('0');
  const bytes = Buffer.alloc(16);
  [...head, ...zeros, ...tail].forEach((word, i) => {
    bytes.writeUInt16BE(Number.parseInt(word, 16), i * 2);
  });
  return bytes;
}

function toPem(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
