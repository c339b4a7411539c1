import { DiscoveryError } from '../../errors.js';
import { oneLine } from '../../one-line.js';
import { errorCode, errorMessage } from '../error-code.js';

/** `80BC…:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps/…:350:`, OpenSSL's own words. */
const OPENSSL = /\berror:[0-9A-F]{8}:([^:]*):[^:]*:([^:]+)/;

/** The code of a system or TLS error; an error of several tried addresses takes that of the first. */
export function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return errorCode(error);
}

/** The server's TLS alert says that the client's certificate is missing, expired, revoked or of nobody it knows. */
export function isCertificateRefused(error: unknown): boolean {
  return /_ALERT_(?:.*CERTIFICATE|UNKNOWN_CA)/.test(codeOf(error));
}

/** The part of an error's message that a reader can use. */
function wordsOf(error: unknown): string {
  const message = errorMessage(error);
  // Node's word for a body that ended in the middle.
  if (message === 'aborted') return 'the connection broke off';
  const [, library, reason] = OPENSSL.exec(message) ?? [];
  return oneLine(reason === undefined ? message : `${reason} (${library})`);
}

/** What an error below HTTP means: the server is out of reach, or speaks something else. */
export function unreachable(server: string, error: unknown): DiscoveryError {
  const code = codeOf(error);
  const message = wordsOf(error) || code;
  if (code.startsWith('HPE_')) {
    return new DiscoveryError('PROTOCOL', `${server} does not speak HTTP: ${message}`, { cause: error });
  }
  if (code.startsWith('Z_') || code.startsWith('ERR_ZLIB')) {
    const problem = `the gzip answer of ${server} is broken: ${message}`;
    return new DiscoveryError('PROTOCOL', problem, { cause: error });
  }
  const tls = /^(ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_|EPROTO)/.test(
    code,
  );
  const what = tls ? `TLS with the API server ${server} failed` : `no connection to the API server ${server}`;
  return new DiscoveryError('UNREACHABLE', `${what}: ${message}`, { cause: error });
}
