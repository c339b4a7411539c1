import { isIP } from 'node:net';
import { type Endpoint, sameNames } from '../../endpoint.js';
import { oneLine } from '../../one-line.js';
import type { KubeObject } from '../client/client.js';

/** One endpoint of a slice, before a port is chosen. Conditions are resolved: none is undefined. */
export interface SliceEndpoint extends Omit<Endpoint, 'key' | 'addresses' | 'weight' | 'slice'> {
  readonly host: string;
}

/** A TCP port of a slice. `port` is null for "any port", which only slices made by hand have. */
export interface SlicePort {
  readonly name: string;
  readonly port: number | null;
}

/** The fields of an EndpointSlice that matter here, checked. */
export interface ParsedSlice {
  /** `namespace/name`. */
  readonly id: string;
  readonly name: string;
  /** `namespace/service`, from the label `kubernetes.io/service-name`. */
  readonly service: string;
  /** The slice carries `service.kubernetes.io/headless`. */
  readonly headless: boolean;
  readonly ports: readonly SlicePort[];
  readonly endpoints: readonly SliceEndpoint[];
  /** The JSON objects that `endpoints` were read from, once the slice has changed: the next change may bring them again. */
  readonly read: readonly unknown[];
  /** `metadata.resourceVersion`, opaque: equal means the same content. */
  readonly resourceVersion?: string;
  /** `endpoints.kubernetes.io/last-change-trigger-time` in epoch ms. */
  readonly triggerMs?: number;
}

/** Told once per thing in a slice that is not as the API promises and is skipped. */
export type ProblemListener = (slice: string, problem: string) => void;

const SERVICE_LABEL = 'kubernetes.io/service-name';
const HEADLESS_LABEL = 'service.kubernetes.io/headless';
const TRIGGER_ANNOTATION = 'endpoints.kubernetes.io/last-change-trigger-time';

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A value that is not as it should be, in a few characters; it may be nested deeper than JSON.stringify can follow. */
function show(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return oneLine(JSON.stringify(value) ?? 'nothing', 80);
}

/** Names of `hints.forZones` or `hints.forNodes`, sorted; undefined when there is none. */
function hintNames(hints: unknown): readonly string[] | undefined {
  if (hints === undefined) return undefined;
  const names = listOf(hints)
    .map((hint) => text(fieldsOf(hint)?.name))
    .filter((name) => name !== undefined)
    .sort();
  return names.length > 0 ? names : undefined;
}

/** The address in the one spelling that all slices share; undefined when it is none of that family. */
function canonicalHost(address: unknown, family: 4 | 6): string | undefined {
  if (typeof address !== 'string' || isIP(address) !== family) return undefined;
  if (family === 4) return address;
  try {
    return new URL(`http://[${address}]`).hostname.slice(1, -1);
  } catch {
    return undefined;
  }
}

function condition(conditions: Fields | undefined, name: string): boolean | undefined {
  const value = conditions?.[name];
  return typeof value === 'boolean' ? value : undefined;
}

function podName(target: Fields | undefined): string | undefined {
  return target !== undefined && (target.kind ?? 'Pod') === 'Pod' ? text(target.name) : undefined;
}

/**
 * `addresses[0]` only: "No semantics are defined for additional addresses beyond the first" (discovery/v1).
 * Nil conditions: `ready` is true, `serving` follows `ready` (until 1.32 it deferred to it), `terminating` is false.
 */
function parseEndpoint(value: unknown, family: 4 | 6): SliceEndpoint | string {
  const fields = fieldsOf(value);
  if (fields === undefined) return 'an endpoint is not an object';
  const [address] = listOf(fields.addresses);
  const host = canonicalHost(address, family);
  if (host === undefined) {
    return `an endpoint has no IPv${family} address but ${show(address)}`;
  }
  const conditions = fieldsOf(fields.conditions);
  const target = fieldsOf(fields.targetRef);
  const hints = fieldsOf(fields.hints);
  const ready = condition(conditions, 'ready') ?? true;
  return {
    host,
    uid: text(target?.uid),
    pod: podName(target),
    hostname: text(fields.hostname),
    node: text(fields.nodeName),
    zone: text(fields.zone),
    ready,
    serving: condition(conditions, 'serving') ?? ready,
    terminating: condition(conditions, 'terminating') ?? false,
    forZones: hintNames(hints?.forZones),
    forNodes: hintNames(hints?.forNodes),
  };
}

/**
 * True when the JSON says again what was read before. The hot path: a change of one endpoint brings the other
 * ninety-nine of its slice along, and here they cost neither an object nor a look at their address.
 */
function saysAgain(value: unknown, old: SliceEndpoint): boolean {
  const fields = fieldsOf(value);
  if (fields === undefined || listOf(fields.addresses)[0] !== old.host) return false;
  const conditions = fieldsOf(fields.conditions);
  const target = fieldsOf(fields.targetRef);
  const hints = fieldsOf(fields.hints);
  const ready = condition(conditions, 'ready') ?? true;
  return (
    old.ready === ready &&
    old.serving === (condition(conditions, 'serving') ?? ready) &&
    old.terminating === (condition(conditions, 'terminating') ?? false) &&
    old.uid === text(target?.uid) &&
    old.pod === podName(target) &&
    old.hostname === text(fields.hostname) &&
    old.node === text(fields.nodeName) &&
    old.zone === text(fields.zone) &&
    sameNames(old.forZones, hintNames(hints?.forZones)) &&
    sameNames(old.forNodes, hintNames(hints?.forNodes))
  );
}

type EndpointParser = (value: unknown) => SliceEndpoint | undefined;

/** The endpoints of JSON; those that are as in their previous form keep their object, and if all are, the list too. */
function parseEach(
  values: readonly unknown[],
  previous: readonly SliceEndpoint[],
  parse: EndpointParser,
): readonly SliceEndpoint[] {
  let byHost: Map<unknown, SliceEndpoint> | undefined;
  const endpoints: SliceEndpoint[] = [];
  let same = true;
  for (const value of values) {
    let old = previous[endpoints.length];
    if (old === undefined || !saysAgain(value, old)) {
      same = false;
      byHost ??= new Map(previous.map((each) => [each.host, each]));
      old = byHost.get(listOf(fieldsOf(value)?.addresses)[0]);
      if (old === undefined || !saysAgain(value, old)) old = parse(value);
    }
    if (old !== undefined) endpoints.push(old);
  }
  return same && endpoints.length === previous.length ? previous : endpoints;
}

/** The endpoints of a slice. Those at both ends whose JSON is the very object of before are not even looked at. */
function parseEndpoints(
  values: readonly unknown[],
  previous: ParsedSlice | undefined,
  parse: EndpointParser,
): readonly SliceEndpoint[] {
  if (previous === undefined) return parseEach(values, [], parse);
  const { endpoints } = previous;
  // With one that could not be read the two lists do not run side by side.
  const read = previous.read.length === endpoints.length ? previous.read : [];
  const most = Math.min(read.length, values.length);
  let first = 0;
  while (first < most && values[first] === read[first]) first++;
  let last = 0;
  while (last < most - first && values.at(-1 - last) === read.at(-1 - last)) last++;
  const between = endpoints.slice(first, endpoints.length - last);
  const parsed = parseEach(values.slice(first, values.length - last), between, parse);
  if (parsed === between) return endpoints;
  return [...endpoints.slice(0, first), ...parsed, ...endpoints.slice(endpoints.length - last)];
}

/** A slice before its change, as far as its endpoints may be kept: those of the other family are no longer good. */
function ofFamily(previous: ParsedSlice | undefined, family: 4 | 6 | undefined): ParsedSlice | undefined {
  const host = previous?.endpoints[0]?.host;
  return host === undefined || isIP(host) === family ? previous : undefined;
}

function parsePort(value: unknown): SlicePort | string | null {
  const fields = fieldsOf(value);
  if (fields === undefined) return 'a port is not an object';
  if ((fields.protocol ?? 'TCP') !== 'TCP') return null;
  const port = fields.port ?? null;
  const valid = typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65_535;
  if (port !== null && !valid) return `a port is not a number from 1 to 65535 but ${show(port)}`;
  return { name: text(fields.name) ?? '', port };
}

function parsePorts(values: unknown, report: (problem: string) => void): SlicePort[] {
  const ports: SlicePort[] = [];
  for (const value of listOf(values)) {
    const parsed = parsePort(value);
    if (typeof parsed === 'string') report(parsed);
    else if (parsed !== null) ports.push(parsed);
  }
  return ports;
}

/** `namespace/name` of a slice, also when the rest of the object cannot be used. */
export function sliceId(object: KubeObject): string | null {
  const name = text(object.metadata?.name);
  return name === undefined ? null : `${text(object.metadata.namespace) ?? ''}/${name}`;
}

/**
 * Reads an EndpointSlice of discovery.k8s.io/v1. Never throws: a slice without a name or a service is null, and what
 * is malformed inside one is skipped. FQDN slices have no endpoints here ("No semantics are defined" for them).
 */
export function parseSlice(
  object: KubeObject,
  previous: ParsedSlice | undefined,
  onProblem: ProblemListener,
): ParsedSlice | null {
  const id = sliceId(object);
  const metadata = object.metadata;
  const service = text(fieldsOf(metadata?.labels)?.[SERVICE_LABEL]);
  if (id === null || service === undefined) {
    onProblem(id ?? '', id === null ? 'a slice has no name' : `label ${SERVICE_LABEL} is missing`);
    return null;
  }
  const report = (problem: string): void => onProblem(id, problem);
  const family = object.addressType === 'IPv4' ? 4 : object.addressType === 'IPv6' ? 6 : undefined;
  if (family === undefined && object.addressType !== 'FQDN') {
    report(`addressType ${show(object.addressType)} is not IPv4, IPv6 or FQDN`);
  }
  const readEndpoint = (value: unknown): SliceEndpoint | undefined => {
    const parsed = family === undefined ? undefined : parseEndpoint(value, family);
    if (typeof parsed !== 'string') return parsed;
    report(parsed);
    return undefined;
  };
  const values = listOf(object.endpoints);
  const triggerMs = Date.parse(text(fieldsOf(metadata.annotations)?.[TRIGGER_ANNOTATION]) ?? '');
  return {
    id,
    name: metadata.name ?? '',
    service: `${text(metadata.namespace) ?? ''}/${service}`,
    headless: fieldsOf(metadata.labels)?.[HEADLESS_LABEL] !== undefined,
    ports: family === undefined ? [] : parsePorts(object.ports, report),
    endpoints: parseEndpoints(values, ofFamily(previous, family), readEndpoint),
    read: previous === undefined ? [] : values,
    resourceVersion: text(metadata.resourceVersion),
    triggerMs: Number.isNaN(triggerMs) ? undefined : triggerMs,
  };
}
