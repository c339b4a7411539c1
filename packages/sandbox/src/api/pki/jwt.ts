import { generateKeyPairSync, type KeyObject, randomUUID, sign, verify } from 'node:crypto';

/** Signs and checks JSON Web Tokens (RFC 7519) with ES256 and a key of its own. */
export interface JwtSigner {
  sign(claims: Readonly<Record<string, unknown>>): string;
  /** The claims of a token that this signer made; undefined for any other text. Times are not looked at. */
  verify(token: string): Record<string, unknown> | undefined;
}

/** Longer texts are no tokens of ours; they are not even decoded. */
const MAX_TOKEN_LENGTH = 8192;

/** Makes a signer with a fresh key. */
export function createJwtSigner(): JwtSigner {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const header = encode({ alg: 'ES256', kid: randomUUID(), typ: 'JWT' });
  return {
    sign(claims) {
      const input = `${header}.${encode(claims)}`;
      return `${input}.${sign('sha256', Buffer.from(input), rawSignature(privateKey)).toString('base64url')}`;
    },
    verify(token) {
      if (token.length > MAX_TOKEN_LENGTH) return undefined;
      const parts = token.split('.');
      const [head, body, signature] = parts;
      // The header is compared as a whole: no other algorithm or key is ever tried.
      if (parts.length !== 3 || head !== header || !body || !signature) return undefined;
      const input = Buffer.from(`${head}.${body}`);
      const signed = Buffer.from(signature, 'base64url');
      // Node passes over what is no base64url: the same bytes would have many texts, each a token of its own.
      if (signed.toString('base64url') !== signature) return undefined;
      if (!verify('sha256', input, rawSignature(publicKey), signed)) return undefined;
      return decode(body);
    },
  };
}

/** RFC 7518 §3.4: R and S side by side, not DER. */
function rawSignature(key: KeyObject): { key: KeyObject; dsaEncoding: 'ieee-p1363' } {
  return { key, dsaEncoding: 'ieee-p1363' };
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function decode(part: string): Record<string, unknown> | undefined {
  const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
  return typeof value === 'object' && value !== null ? { ...value } : undefined;
}
