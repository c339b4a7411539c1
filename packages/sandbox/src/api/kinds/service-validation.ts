import { isIP, isIPv6 } from 'node:net';
import type { KubeObject } from '../../objects.js';
import type { FieldError } from '../kinds.js';
import { isExternal, needsHealthCheckPort } from '../storage/node-ports.js';
import { portNumberOrName, validateProtocol } from './container-validation.js';
import { duplicate, forbidden, invalid, invalidEach, notSupported, required } from './field-errors.js';
import { validateLabels, validateMetadata } from './metadata.js';
import { dns1035Label, dns1123Label, dns1123Subdomain, portNumber, qualifiedName } from './names.js';
import type { Service, ServicePort, ServiceSpec } from './service-types.js';

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const AFFINITIES = ['ClientIP', 'None'];
const FAMILIES = ['IPv4', 'IPv6'];
const FAMILY_POLICIES = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];
const TRAFFIC_POLICIES = ['Cluster', 'Local'];
const DISTRIBUTIONS = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];
const MAX_AFFINITY_SECONDS = 86_400;
const NOT_AN_IP = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';

/** Checks a Service; its cluster IP stays what it once is. */
export function validateService(object: KubeObject, old?: KubeObject): FieldError[] {
  const service: Service = object;
  const before: Service | undefined = old;
  const spec = service.spec ?? {};
  const ports = spec.ports ?? [];
  const headless = spec.clusterIP === 'None';
  const errors = [
    ...validateMetadata(service, { name: dns1035Label, namespaced: true }),
    ...(before?.spec ? validateChange(spec, before.spec) : []),
  ];
  if (ports.length === 0 && !headless && spec.type !== 'ExternalName') errors.push(required('spec.ports'));
  if (headless && (spec.type === 'LoadBalancer' || spec.type === 'NodePort')) {
    errors.push(invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`));
  }
  const names = new Set<string>();
  return [
    ...errors,
    ...(spec.type === 'ExternalName' ? validateExternalName(spec) : validateClusterIps(spec)),
    ...ports.flatMap((port, index) =>
      validatePort(`spec.ports[${index}]`, port, { names, alone: ports.length === 1 }),
    ),
    ...validateDuplicates(spec),
    ...validateLabels('spec.selector', spec.selector),
    ...validateAffinity(spec),
    ...validatePolicies(spec),
  ];
}

function validateChange(spec: ServiceSpec, old: ServiceSpec): FieldError[] {
  if (spec.type === 'ExternalName' || old.type === 'ExternalName') return [];
  const [ip] = spec.clusterIPs ?? [];
  const [oldIp] = old.clusterIPs ?? [];
  if (oldIp === undefined || ip === oldIp) return [];
  const detail = ip === undefined ? 'primary clusterIP can not be unset' : 'may not change once set';
  return [invalid('spec.clusterIPs[0]', spec.clusterIPs ?? [], detail)];
}

function validateExternalName(spec: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  for (const key of ['clusterIPs', 'ipFamilies', 'ipFamilyPolicy'] as const) {
    if (spec[key]?.length) errors.push(forbidden(`spec.${key}`, 'may not be set for ExternalName services'));
  }
  const name = (spec.externalName ?? '').replace(/\.$/, '');
  if (name === '') errors.push(required('spec.externalName'));
  else errors.push(...invalidEach('spec.externalName', name, dns1123Subdomain(name)));
  return errors;
}

function validateClusterIps(spec: ServiceSpec): FieldError[] {
  const field = 'spec.clusterIPs';
  const ips = spec.clusterIPs ?? [];
  const errors: FieldError[] = [];
  if (spec.clusterIP && ips[0] !== spec.clusterIP) {
    errors.push(invalid(field, ips, 'first value must match `clusterIP`'));
  }
  if (!spec.clusterIP && ips.length > 0) {
    errors.push(invalid(field, ips, 'must be empty when `clusterIP` is not specified'));
  }
  for (const [index, family] of (spec.ipFamilies ?? []).entries()) {
    const at = `spec.ipFamilies[${index}]`;
    if (!FAMILIES.includes(family)) errors.push(notSupported(at, family, FAMILIES));
    if (spec.ipFamilies?.indexOf(family) !== index) errors.push(duplicate(at, family));
  }
  if (spec.ipFamilyPolicy && !FAMILY_POLICIES.includes(spec.ipFamilyPolicy)) {
    errors.push(notSupported('spec.ipFamilyPolicy', spec.ipFamilyPolicy, FAMILY_POLICIES));
  }
  const stack = validateStack(spec);
  // Addresses of a family that the cluster lacks were never given.
  if (stack.length > 0) return [...errors, ...stack];
  for (const [index, ip] of ips.entries()) {
    if (ip === 'None') {
      if (ips.length > 1) errors.push(invalid(field, ips, "'None' must be the first and only value"));
    } else if (isIP(ip) === 0) {
      errors.push(invalid(`${field}[${index}]`, ip, NOT_AN_IP));
    } else {
      const family = spec.ipFamilies?.[index];
      if (family === undefined || (family === 'IPv6') === isIPv6(ip)) continue;
      const detail = `expected an ${family} value as indicated by \`ipFamilies[${index}]\``;
      errors.push(invalid(`${field}[${index}]`, ip, detail));
    }
  }
  if (ips.length > 2) errors.push(invalid(field, ips, 'may only hold up to 2 values'));
  return errors;
}

/** Whether somebody else than the cluster writes the endpoints of a headless Service: they may be of any family. */
export function isHeadlessByHand({ clusterIP, selector }: ServiceSpec): boolean {
  return clusterIP === 'None' && Object.keys(selector ?? {}).length === 0;
}

/** What a cluster with one family, IPv4, can be asked for. */
function validateStack(spec: ServiceSpec): FieldError[] {
  const { clusterIPs = [], ipFamilies = [], ipFamilyPolicy = '' } = spec;
  const errors: FieldError[] = [];
  const several = [
    [clusterIPs, 'cluster IPs'],
    [ipFamilies, 'IP families'],
  ] as const;
  for (const [list, what] of ipFamilyPolicy === 'SingleStack' ? several : []) {
    if (list.length < 2) continue;
    const detail = `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`;
    errors.push(invalid('spec.ipFamilyPolicy', ipFamilyPolicy, detail));
  }
  if (errors.length > 0 || isHeadlessByHand(spec)) return errors;
  if (ipFamilyPolicy === 'RequireDualStack') {
    const detail = 'this cluster is not configured for dual-stack services';
    errors.push(invalid('spec.ipFamilyPolicy', ipFamilyPolicy, detail));
  }
  const foreign = ipFamilies.indexOf('IPv6');
  if (foreign < 0) return errors;
  return [...errors, invalid(`spec.ipFamilies[${foreign}]`, 'IPv6', 'not configured on this cluster')];
}

function validatePort(
  at: string,
  { name, port, protocol, targetPort, appProtocol }: ServicePort,
  { names, alone }: { names: Set<string>; alone: boolean },
): FieldError[] {
  const errors: FieldError[] = [];
  if (name) {
    errors.push(...invalidEach(`${at}.name`, name, dns1123Label(name)));
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
  } else if (!alone) {
    errors.push(required(`${at}.name`));
  }
  return [
    ...errors,
    ...invalidEach(`${at}.port`, port ?? 0, portNumber(port ?? 0)),
    ...validateProtocol(`${at}.protocol`, protocol),
    ...portNumberOrName(`${at}.targetPort`, targetPort),
    ...(appProtocol ? invalidEach(`${at}.appProtocol`, appProtocol, qualifiedName(appProtocol)) : []),
  ];
}

function validateDuplicates({ ports = [], type }: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [index, { port, nodePort, protocol }] of ports.entries()) {
    const at = `spec.ports[${index}]`;
    if (nodePort && type === 'ClusterIP') {
      errors.push(forbidden(`${at}.nodePort`, "may not be used when `type` is 'ClusterIP'"));
    }
    if (nodePort && seen.has(`node ${protocol} ${nodePort}`)) {
      errors.push(duplicate(`${at}.nodePort`, nodePort));
    }
    if (seen.has(`${protocol} ${port}`)) errors.push(duplicate(at, { protocol, port }));
    seen.add(`node ${protocol} ${nodePort}`).add(`${protocol} ${port}`);
  }
  return errors;
}

function validateAffinity(spec: ServiceSpec): FieldError[] {
  const { sessionAffinity = '' } = spec;
  if (!AFFINITIES.includes(sessionAffinity)) {
    return [notSupported('spec.sessionAffinity', sessionAffinity, AFFINITIES)];
  }
  if (sessionAffinity === 'None') return [];
  const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 0;
  if (seconds > 0 && seconds <= MAX_AFFINITY_SECONDS) return [];
  const field = 'spec.sessionAffinityConfig.clientIP.timeoutSeconds';
  return [invalid(field, seconds, `must be greater than 0 and less than ${MAX_AFFINITY_SECONDS}`)];
}

function validatePolicies(spec: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  const supported = [
    ['type', TYPES],
    ['internalTrafficPolicy', TRAFFIC_POLICIES],
    ['externalTrafficPolicy', TRAFFIC_POLICIES],
    ['trafficDistribution', DISTRIBUTIONS],
  ] as const;
  for (const [key, values] of supported) {
    const value = spec[key];
    if (value && !values.includes(value)) errors.push(notSupported(`spec.${key}`, value, values));
  }
  for (const [index, ip] of (spec.externalIPs ?? []).entries()) {
    if (isIP(ip) === 0) errors.push(invalid(`spec.externalIPs[${index}]`, ip, NOT_AN_IP));
  }
  return [...errors, ...validateExternal(spec)];
}

/** What only Services have that clients outside of the cluster reach. */
function validateExternal(spec: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.externalTrafficPolicy && !isExternal(spec)) {
    const detail = 'may only be set for externally-accessible services';
    errors.push(invalid('spec.externalTrafficPolicy', spec.externalTrafficPolicy, detail));
  }
  if (spec.healthCheckNodePort && !needsHealthCheckPort(spec)) {
    const detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    errors.push(invalid('spec.healthCheckNodePort', spec.healthCheckNodePort, detail));
  }
  if (spec.type === 'LoadBalancer') return errors;
  for (const key of ['allocateLoadBalancerNodePorts', 'loadBalancerClass'] as const) {
    if (spec[key] === undefined) continue;
    errors.push(forbidden(`spec.${key}`, "may only be used when `type` is 'LoadBalancer'"));
  }
  return errors;
}
