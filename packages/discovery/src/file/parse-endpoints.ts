import { parse } from 'yaml';
import { parseAddress } from '../address.js';
import { type Address, type Endpoint, formatAddress } from '../endpoint.js';

/** As many as a Service may well have. */
const MAX_ENDPOINTS = 10_000;

type Check = (value: unknown) => boolean;

const isName: Check = (value) => typeof value === 'string' && value !== '';
const isFlag: Check = (value) => typeof value === 'boolean';

/** What an endpoint may say besides its addresses. */
const FIELDS: Readonly<Record<string, { readonly check: Check; readonly accepted: string }>> = {
  pod: { check: isName, accepted: 'a name' },
  hostname: { check: isName, accepted: 'a name' },
  node: { check: isName, accepted: 'a name' },
  zone: { check: isName, accepted: 'a name' },
  weight: {
    check: (value) => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65_535,
    accepted: 'a whole number from 1 to 65535',
  },
  ready: { check: isFlag, accepted: 'true or false' },
  serving: { check: isFlag, accepted: 'true or false' },
  terminating: { check: isFlag, accepted: 'true or false' },
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function fail(place: string, value: unknown, accepted: string): never {
  const text = JSON.stringify(value) ?? String(value);
  throw new Error(`${place}: got ${text.slice(0, 120)}, accepted: ${accepted}`);
}

function readAddress(value: unknown, place: string): Address {
  const address = typeof value === 'string' ? parseAddress(value) : undefined;
  return address ?? fail(place, value, 'HOST:PORT, IPv6 addresses in brackets and quotes');
}

function readAddresses(item: Readonly<Record<string, unknown>>, place: string): readonly Address[] {
  if (item.addresses === undefined) return [readAddress(item.address, `${place}.address`)];
  if (item.address !== undefined) fail(place, item, 'either address or addresses');
  if (!Array.isArray(item.addresses) || item.addresses.length === 0) {
    fail(`${place}.addresses`, item.addresses, 'a list of HOST:PORT');
  }
  return item.addresses.map((each, at) => readAddress(each, `${place}.addresses[${at}]`));
}

function readEndpoint(item: unknown, place: string): Omit<Endpoint, 'slice'> {
  if (typeof item === 'string') return readEndpoint({ address: item }, place);
  if (!isObject(item)) fail(place, item, 'HOST:PORT, or an object with address');
  const { address, addresses, ...rest } = item;
  for (const [name, value] of Object.entries(rest)) {
    const field = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
    if (field === undefined) {
      fail(`${place}.${name}`, value, `address, addresses, ${Object.keys(FIELDS).join(', ')}`);
    }
    if (!field.check(value)) fail(`${place}.${name}`, value, field.accepted);
  }
  const keyed = readAddresses(item, place).map((each) => ({
    each,
    key: formatAddress(each.host, each.port),
  }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : 1));
  const ready = rest.ready !== false;
  return {
    terminating: false,
    ...rest,
    key: keyed.map(({ key }) => key).join(','),
    addresses: keyed.map(({ each }) => each),
    ready,
    serving: typeof rest.serving === 'boolean' ? rest.serving : ready,
  };
}

/**
 * Reads a list of endpoints in YAML (or JSON, which is YAML): `endpoints:` with `HOST:PORT` or objects; docs/targets.md
 * has the format. Throws an Error whose message names the place, the value and what is accepted.
 */
export function parseEndpoints(text: string, slice: string): readonly Endpoint[] {
  const file: unknown = parse(text, { logLevel: 'error' });
  if (!isObject(file) || !Array.isArray(file.endpoints))
    fail('the file', file, 'an object with a list endpoints');
  const unknown = Object.keys(file).find((name) => name !== 'endpoints');
  if (unknown !== undefined) fail(unknown, file[unknown], 'only endpoints at the top');
  if (file.endpoints.length > MAX_ENDPOINTS) {
    fail('endpoints', `${file.endpoints.length} of them`, `at most ${MAX_ENDPOINTS}`);
  }
  const byKey = new Map<string, Endpoint>();
  for (const [at, item] of file.endpoints.entries()) {
    const place = `endpoints[${at}]`;
    const endpoint = { ...readEndpoint(item, place), slice };
    if (byKey.has(endpoint.key)) fail(place, endpoint.key, 'each endpoint once');
    byKey.set(endpoint.key, endpoint);
  }
  return [...byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}
