import {
  type KnownPort,
  noPort,
  noPortOfEndpoints,
  noReadablePort,
  noService,
  noSlice,
  noSliceOf,
  portWithoutEndpoints,
} from '../../absence.js';
import type { Absence } from '../../endpoint-set.js';
import type { PortRef, Target } from '../../target.js';
import type { ObjectView } from '../object-watch.js';
import type { ParsedSlice, SlicePort } from './slice.js';

/** A TCP port of a Service. */
export interface ServicePort {
  readonly name: string;
  readonly port: number;
  /** A number, or the name of a container port. */
  readonly targetPort: number | string;
}

/** What of a Service object matters here. */
export interface ServiceFields {
  readonly ports: readonly ServicePort[];
  readonly hasSelector: boolean;
  /** Host of a Service of type ExternalName. */
  readonly externalName?: string;
  /** What it says to its clients: annotations of their prefix, sorted by name. Absent without any. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Tells it from another that bore its name before. */
  readonly uid?: string;
}

/** What is known about the Service object; `pending` also while nobody needs it. */
export type ServiceView = ObjectView<ServiceFields>;

/** How a slice's port is found. */
export type PortSelection =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'number'; readonly number: number }
  /** The Service must be read first. */
  | { readonly kind: 'pending' }
  /** `provisional`: the Service is being read, and its answer may say more. */
  | { readonly kind: 'absent'; readonly absence: Absence; readonly provisional?: boolean }
  /** There are slices without endpoints and without ports: a Service whose pods are all gone. */
  | { readonly kind: 'empty' };

/** The rule needs the Service object: for the port, or to say why there is no slice. */
export function needsService(port: PortRef, slices: readonly ParsedSlice[]): boolean {
  return slices.length === 0 || (port.kind === 'number' && !slices.some((slice) => slice.headless));
}

function distinctPorts(slices: readonly ParsedSlice[]): SlicePort[] {
  const seen = new Map<string, SlicePort>();
  for (const slice of slices) {
    for (const port of slice.ports) seen.set(`${port.name} ${port.port}`, port);
  }
  return [...seen.values()].sort((a, b) => (a.port ?? 0) - (b.port ?? 0) || (a.name < b.name ? -1 : 1));
}

/** The ports of slices, as messages show them. */
export function knownPorts(slices: readonly ParsedSlice[]): KnownPort[] {
  return knownSlicePorts(distinctPorts(slices));
}

function knownSlicePorts(ports: readonly SlicePort[]): KnownPort[] {
  return ports.map(({ name, port }) => ({ name, port: port ?? 'any' }));
}

/** The Service's ports with the number that they lead to: the slices' word, else the Service's own. */
function mapPorts(service: readonly ServicePort[], slices: readonly SlicePort[]): KnownPort[] {
  return service.map(({ name, port, targetPort }) => {
    const targets = slices
      .filter((each) => each.name === name && each.port !== null)
      .map((each) => each.port);
    return { name, port, targetPort: targets.length > 0 ? targets.join('/') : targetPort };
  });
}

/** DNS knows such a Service by another name, which ports do not change. One in a cluster is dialled as its Service. */
function externalName({ port }: Target, name: string): string {
  const host = name.replace(/\.$/, '');
  const suffix = port.kind === 'number' ? `:${port.number}` : port.kind === 'name' ? `:${port.name}` : '';
  const [service, namespace] = /^([^.]+)\.([^.]+)\.svc(\.|$)/.exec(host)?.slice(1, 3) ?? [];
  if (service !== undefined) {
    return `it is an ExternalName of ${host}, dial k8s:///${service}.${namespace}${suffix}`;
  }
  const number = port.kind === 'number' ? port.number : 'PORT';
  return `it is an ExternalName of ${host}, dial dns:///${host}:${number}`;
}

function withoutSlices(target: Target, service: ServiceView): PortSelection {
  const absent = (absence: Absence): PortSelection => ({ kind: 'absent', absence });
  if (service.kind === 'pending') return { kind: 'absent', absence: noSlice(target), provisional: true };
  if (service.kind === 'unreadable') return absent(noSlice(target));
  if (service.kind === 'missing') return absent(noService(target));
  if (service.externalName !== undefined) {
    return absent(noSliceOf(target, externalName(target, service.externalName)));
  }
  const why = service.hasSelector
    ? 'the Service exists, its slices are not made yet'
    : 'the Service has no selector';
  return absent(noSliceOf(target, why));
}

/** A name: the slice port of that name. */
function byName(name: string, port: PortRef, slices: readonly ParsedSlice[]): PortSelection {
  const ports = distinctPorts(slices);
  if (ports.some((each) => each.name === name)) return { kind: 'name', name };
  // Only a headless Service is dialled by the numbers of its pods.
  const describe = slices.some((slice) => slice.headless) ? noPort : noPortOfEndpoints;
  return { kind: 'absent', absence: describe(port, knownSlicePorts(ports)) };
}

/** No port: the only one, else the one named `grpc`. */
function byDefault(port: PortRef, slices: readonly ParsedSlice[]): PortSelection {
  const names = new Set(distinctPorts(slices).map((each) => each.name));
  const [only] = names;
  return byName(names.size === 1 && only !== undefined ? only : 'grpc', port, slices);
}

function hasNumber(ports: readonly SlicePort[], number: number): boolean {
  return ports.some((each) => each.port === number || each.port === null);
}

/**
 * A number: on a headless Service the slice port of that number; else the Service's port of that number, followed by
 * its name into the slices; when the Service has none or cannot be read, the slice port of that number.
 */
function byNumber(
  target: Target & { readonly port: PortRef & { readonly kind: 'number' } },
  slices: readonly ParsedSlice[],
  service: ServiceView,
): PortSelection {
  const { port } = target;
  const { number } = port;
  const ports = distinctPorts(slices);
  const absent = (absence: Absence): PortSelection => ({ kind: 'absent', absence });
  const found = service.kind === 'found' ? service.ports : undefined;
  if (!slices.some((slice) => slice.headless)) {
    if (service.kind === 'pending') return { kind: 'pending' };
    const mapped = found?.find((each) => each.port === number);
    if (mapped !== undefined) {
      if (ports.some((each) => each.name === mapped.name)) return { kind: 'name', name: mapped.name };
      if (isPlaceholder(slices)) return { kind: 'empty' };
      return absent(portWithoutEndpoints(mapped, knownSlicePorts(ports)));
    }
  }
  if (hasNumber(ports, number)) return { kind: 'number', number };
  if (isPlaceholder(slices) && found === undefined) return { kind: 'empty' };
  const known = knownSlicePorts(ports);
  if (service.kind === 'missing') return absent(noService(target));
  if (service.kind === 'unreadable') return absent(noReadablePort(target, known, service.why));
  if (found === undefined)
    return absent(known.length === 0 ? noPortOfEndpoints(port, known) : noPort(port, known));
  const own = ports.filter((each) => !found.some(({ name }) => name === each.name));
  return absent(noPort(port, mapPorts(found, ports), knownSlicePorts(own)));
}

/** The controller leaves one slice without endpoints and ports when a Service has no pods; it says nothing of ports. */
function isPlaceholder(slices: readonly ParsedSlice[]): boolean {
  return slices.every((slice) => slice.ports.length === 0 && slice.endpoints.length === 0);
}

/** The port rule of docs/targets.md, over all slices of one Service. */
export function selectPort(
  target: Target,
  slices: readonly ParsedSlice[],
  service: ServiceView,
): PortSelection {
  if (slices.length === 0) return withoutSlices(target, service);
  const { port } = target;
  if (port.kind === 'number') return byNumber({ ...target, port }, slices, service);
  if (isPlaceholder(slices)) return { kind: 'empty' };
  return port.kind === 'name' ? byName(port.name, port, slices) : byDefault(port, slices);
}

/** The number that a selection means in one slice; undefined when the slice does not have the port. */
export function portInSlice(selection: PortSelection, slice: ParsedSlice): number | undefined {
  if (selection.kind === 'name') {
    return slice.ports.find((each) => each.name === selection.name)?.port ?? undefined;
  }
  if (selection.kind !== 'number') return undefined;
  return hasNumber(slice.ports, selection.number) ? selection.number : undefined;
}
