import { isIP, isIPv4, isIPv6 } from 'node:net';
import type { KubeObject } from '../../objects.js';
import type { FieldError } from '../kinds.js';
import { equalJson } from '../storage/json.js';
import { validateProtocol } from './container-validation.js';
import { NOT_AN_IP, unfitAddress } from './endpoint-address.js';
import type { EndpointSlice, SliceEndpoint, SlicePort } from './endpoint-slice-types.js';
import { duplicate, invalid, invalidEach, notSupported, required, tooMany } from './field-errors.js';
import { validateMetadata } from './metadata.js';
import { dns1123Label, dns1123Subdomain, labelValue, type NameRule, qualifiedName } from './names.js';

const ADDRESS_TYPES = ['FQDN', 'IPv4', 'IPv6'];
const MAX_ENDPOINTS = 1000;
const MAX_ADDRESSES = 100;
const MAX_PORTS = 20_000;
const MAX_HINTS = 8;

/** Checks an EndpointSlice. */
export function validateEndpointSlice(object: KubeObject, old?: KubeObject): FieldError[] {
  const slice: EndpointSlice = object;
  const before: EndpointSlice | undefined = old;
  const { addressType, endpoints, ports } = slice;
  const errors = validateMetadata(slice, { name: dns1123Subdomain, namespaced: true });
  if (!addressType) errors.push(required('addressType'));
  else if (!ADDRESS_TYPES.includes(addressType)) {
    errors.push(notSupported('addressType', addressType, ADDRESS_TYPES));
  }
  errors.push(...validatePorts(ports ?? []));
  if (!before || !equalJson(endpoints, before.endpoints)) {
    errors.push(...validateEndpoints(endpoints ?? [], addressType ?? ''));
  }
  if (before && before.addressType !== addressType) {
    errors.push(invalid('addressType', addressType ?? '', 'field is immutable'));
  }
  return errors;
}

function validatePorts(ports: readonly SlicePort[]): FieldError[] {
  if (ports.length > MAX_PORTS) return [tooMany('ports', ports.length, MAX_PORTS)];
  const names = new Set<string>();
  return ports.flatMap(({ name = '', protocol, appProtocol }, index) => {
    const at = `ports[${index}]`;
    const errors = name ? invalidEach(`${at}.name`, name, dns1123Label(name)) : [];
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
    errors.push(...validateProtocol(`${at}.protocol`, protocol));
    if (appProtocol) {
      errors.push(...invalidEach(`${at}.appProtocol`, appProtocol, qualifiedName(appProtocol)));
    }
    return errors;
  });
}

function validateEndpoints(endpoints: readonly SliceEndpoint[], addressType: string): FieldError[] {
  if (endpoints.length > MAX_ENDPOINTS) return [tooMany('endpoints', endpoints.length, MAX_ENDPOINTS)];
  return endpoints.flatMap(({ addresses = [], hostname, nodeName, hints }, index) => {
    const at = `endpoints[${index}]`;
    const errors: FieldError[] = [];
    if (addresses.length === 0) errors.push(required(`${at}.addresses`, 'must contain at least 1 address'));
    if (addresses.length > MAX_ADDRESSES) {
      errors.push(tooMany(`${at}.addresses`, addresses.length, MAX_ADDRESSES));
    }
    for (const [position, address] of addresses.entries()) {
      errors.push(...validateAddress(`${at}.addresses`, { address, position, addressType }));
    }
    if (nodeName !== undefined) {
      errors.push(...invalidEach(`${at}.nodeName`, nodeName, dns1123Subdomain(nodeName)));
    }
    if (hostname !== undefined) {
      errors.push(...invalidEach(`${at}.hostname`, hostname, dns1123Label(hostname)));
    }
    return [
      ...errors,
      ...validateHints(`${at}.hints.forZones`, hints?.forZones ?? [], labelValue),
      ...validateHints(`${at}.hints.forNodes`, hints?.forNodes ?? [], dns1123Subdomain),
    ];
  });
}

function validateAddress(
  at: string,
  { address, position, addressType }: { address: string; position: number; addressType: string },
): FieldError[] {
  const where = `${at}[${position}]`;
  if (addressType === 'FQDN') return validateFqdn(where, address);
  if (addressType !== 'IPv4' && addressType !== 'IPv6') return [];
  if (isIP(address) === 0) {
    return [invalid(where, address, NOT_AN_IP)];
  }
  if (addressType === 'IPv4' && !isIPv4(address)) return [invalid(at, address, 'must be an IPv4 address')];
  if (addressType === 'IPv6' && !isIPv6(address)) return [invalid(at, address, 'must be an IPv6 address')];
  if (/^::ffff:/i.test(address)) return [invalid(where, address, 'must not be an IPv4-mapped IPv6 address')];
  const unfit = unfitAddress(address);
  return unfit === undefined ? [] : [invalid(where, address, unfit)];
}

function validateFqdn(where: string, address: string): FieldError[] {
  const name = address.replace(/\.$/, '');
  if (name === '') return [required(where)];
  const errors = invalidEach(where, name, dns1123Subdomain(name));
  if (errors.length > 0 || name.includes('.')) return errors;
  return [invalid(where, name, 'should be a domain with at least two segments separated by dots')];
}

function validateHints(field: string, hints: readonly { name?: string }[], rule: NameRule): FieldError[] {
  if (hints.length > MAX_HINTS) return [tooMany(field, hints.length, MAX_HINTS)];
  const seen = new Set<string>();
  return hints.flatMap(({ name = '' }, index) => {
    const at = `${field}[${index}].name`;
    const errors = invalidEach(at, name, rule(name));
    if (seen.has(name)) errors.push(duplicate(at, name));
    seen.add(name);
    return errors;
  });
}
