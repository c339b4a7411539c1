import { DiscoveryError } from '../errors.js';

/** The code of a system or TLS error; an error of several tried addresses takes that of the first. */
export function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** What an error below HTTP means: the server is out of reach, or speaks something else. */
export function unreachable(server: string, error: unknown): DiscoveryError {
  const code = codeOf(error);
  const plain = error instanceof Error ? error.message : String(error);
  // Node's word for a body that ended in the middle.
  const message = plain === 'aborted' ? 'the connection broke off' : plain || code;
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
