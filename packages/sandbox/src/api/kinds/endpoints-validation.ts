import { isIP } from 'node:net';
import type { KubeObject } from '../../objects.js';
import type { FieldError } from '../kinds.js';
import { equalJson } from '../storage/json.js';
import { validateProtocol } from './container-validation.js';
import { canonicalIpv6, malformedAddress, NOT_AN_IP, unfitAddress } from './endpoint-address.js';
import type { EndpointAddress, EndpointSubset, Endpoints, SubsetPort } from './endpoints-types.js';
import { invalid, invalidEach, required } from './field-errors.js';
import { validateMetadata } from './metadata.js';
import { dns1123Label, dns1123Subdomain, portNumber, qualifiedName } from './names.js';

/** Checks an Endpoints object; subsets that an update leaves as they are pass. */
export function validateEndpoints(object: KubeObject, old?: KubeObject): FieldError[] {
  const { subsets = [] }: Endpoints = object;
  const errors = validateMetadata(object, { name: dns1123Subdomain, namespaced: true });
  if (old && equalJson(object.subsets, old.subsets)) return errors;
  return [...errors, ...subsets.flatMap((subset, index) => validateSubset(`subsets[${index}]`, subset))];
}

/** The addresses of an Endpoints object that are written in an unusual way. */
export function endpointsWarnings(object: KubeObject): string[] {
  const { subsets = [] }: Endpoints = object;
  return subsets.flatMap((subset, index) =>
    (['addresses', 'notReadyAddresses'] as const).flatMap((list) =>
      (subset[list] ?? []).flatMap(({ ip = '' }, at) => {
        const canonical = canonicalIpv6(ip);
        const where = `subsets[${index}].${list}[${at}].ip`;
        if (canonical === undefined) return [];
        return [`${where}: IPv6 address "${ip}" should be in RFC 5952 canonical format ("${canonical}")`];
      }),
    ),
  );
}

function validateSubset(
  at: string,
  { addresses = [], notReadyAddresses = [], ports = [] }: EndpointSubset,
): FieldError[] {
  const errors: FieldError[] = [];
  if (addresses.length === 0 && notReadyAddresses.length === 0) {
    errors.push(required(at, 'must specify `addresses` or `notReadyAddresses`'));
  }
  return [
    ...errors,
    ...addresses.flatMap((address, index) => validateAddress(`${at}.addresses[${index}]`, address)),
    ...notReadyAddresses.flatMap((address, index) =>
      validateAddress(`${at}.notReadyAddresses[${index}]`, address),
    ),
    ...ports.flatMap((port, index) => validatePort(`${at}.ports[${index}]`, port, ports.length > 1)),
  ];
}

function validateAddress(at: string, { ip = '', hostname, nodeName }: EndpointAddress): FieldError[] {
  const malformed = malformedAddress(ip);
  const errors = malformed === undefined ? [] : [invalid(`${at}.ip`, ip, malformed)];
  if (hostname) errors.push(...invalidEach(`${at}.hostname`, hostname, dns1123Label(hostname)));
  if (nodeName !== undefined) {
    errors.push(...invalidEach(`${at}.nodeName`, nodeName, dns1123Subdomain(nodeName)));
  }
  if (malformed === NOT_AN_IP) return [...errors, invalid(`${at}.ip`, ip, 'must be a valid IP address')];
  const unfit = isIP(ip) === 0 ? undefined : unfitAddress(ip);
  return unfit === undefined ? errors : [...errors, invalid(`${at}.ip`, ip, unfit)];
}

function validatePort(
  at: string,
  { name, port = 0, protocol, appProtocol }: SubsetPort,
  named: boolean,
): FieldError[] {
  const errors = name ? invalidEach(`${at}.name`, name, dns1123Label(name)) : [];
  if (!name && named) errors.push(required(`${at}.name`));
  return [
    ...errors,
    ...invalidEach(`${at}.port`, port, portNumber(port)),
    ...validateProtocol(`${at}.protocol`, protocol),
    ...(appProtocol === undefined
      ? []
      : invalidEach(`${at}.appProtocol`, appProtocol, qualifiedName(appProtocol))),
  ];
}
