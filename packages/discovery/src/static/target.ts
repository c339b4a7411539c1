import { parseAddress } from '../address.js';
import { type Address, formatAddress } from '../endpoint.js';
import { DiscoveryError } from '../errors.js';
import { textProblem } from '../target.js';

/** A target of the scheme `static`: the endpoints themselves. */
export interface StaticTarget {
  /** As written, with the scheme. */
  readonly text: string;
  /** In the order in which they are written; at least one. */
  readonly addresses: readonly Address[];
}

const ACCEPTED = 'accepted is static:///HOST:PORT,HOST:PORT,… with IPv6 addresses in brackets';
const SHOWN = 120;
/** A few hundred addresses: longer lists belong into a file. */
const MAX_TEXT = 10_000;

/** Parses `static:///HOST:PORT,…` and `static:HOST:PORT,…`. Throws TARGET_INVALID. */
export function parseStaticTarget(text: string): StaticTarget {
  const fail = (problem: string): never => {
    const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
    throw new DiscoveryError('TARGET_INVALID', `target ${JSON.stringify(shown)}: ${problem}; ${ACCEPTED}`);
  };
  const problem = textProblem(text, MAX_TEXT);
  if (problem !== undefined) fail(problem);
  const path = text.replace(/^static:(?:\/\/\/)?/, '');
  if (path.startsWith('/')) fail('write three slashes');
  if (path === '') fail('addresses are missing');
  const addresses = path
    .split(',')
    .map((each) => parseAddress(each) ?? fail(`${JSON.stringify(each)} is not an address with a port`));
  return { text, addresses };
}

/** `:authority` and TLS name: the first address. */
export function staticAuthority({ addresses }: StaticTarget): string {
  const { host, port } = addresses[0]!;
  return formatAddress(host, port);
}
