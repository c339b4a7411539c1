import type { KubeObject } from '../../objects.js';
import type { KindInfo } from '../kinds.js';
import { invalid } from '../refusals.js';
import { at, equalJson, isObject } from './json.js';
import type { ServiceIps } from './service-ips.js';

/** Gives a new Service its cluster IP; returns the address that was taken, which a failed create gives back. */
export function assignClusterIp(
  kind: KindInfo,
  service: KubeObject,
  { ips, dryRun }: { ips: ServiceIps; dryRun: boolean },
): string | undefined {
  const spec = isObject(service.spec) ? service.spec : {};
  service.spec = spec;
  if (spec.type === 'ExternalName') return undefined;
  const asked = spec.clusterIP ?? (Array.isArray(spec.clusterIPs) ? spec.clusterIPs[0] : undefined);
  if (asked === 'None') {
    spec.clusterIPs = ['None'];
    return undefined;
  }
  let ip: string;
  if (typeof asked === 'string' && asked !== '') {
    const why = ips.reserve(asked);
    if (why) {
      const message = `Invalid value: ["${asked}"]: failed to allocate IP ${asked}: ${why}`;
      const error = { field: 'spec.clusterIPs', reason: 'FieldValueInvalid', message };
      throw invalid(kind, service.metadata.name, [error]);
    }
    ip = asked;
  } else {
    ip = ips.allocate();
  }
  spec.clusterIP = ip;
  spec.clusterIPs = [ip];
  if (!dryRun) return ip;
  ips.release(ip);
  return undefined;
}

/**
 * An update that leaves out the cluster IP keeps the one there is; one that changes the type takes or gives up an
 * address.
 */
export function updateClusterIp(
  kind: KindInfo,
  service: KubeObject,
  { old, ips, dryRun }: { old: KubeObject; ips: ServiceIps; dryRun: boolean },
): void {
  const spec = isObject(service.spec) ? service.spec : undefined;
  if (!spec) return;
  const before = at(old, 'spec', 'clusterIP');
  if (spec.type === 'ExternalName') {
    delete spec.clusterIP;
    delete spec.clusterIPs;
    if (!dryRun) releaseClusterIp(old, ips);
  } else if (before === undefined || before === '') {
    assignClusterIp(kind, service, { ips, dryRun });
  }
}

/** Fills in the address that an update leaves out. */
export function keepClusterIp(service: KubeObject, old: KubeObject): void {
  const spec = isObject(service.spec) ? service.spec : undefined;
  if (!spec || spec.type === 'ExternalName') return;
  // Who changes only the older field means both.
  if (
    spec.clusterIP &&
    spec.clusterIP !== at(old, 'spec', 'clusterIP') &&
    (spec.clusterIPs === undefined || equalJson(spec.clusterIPs, at(old, 'spec', 'clusterIPs')))
  )
    spec.clusterIPs = [spec.clusterIP];
  for (const field of ['clusterIP', 'clusterIPs'] as const) {
    const before = at(old, 'spec', field);
    if (before !== undefined && (spec[field] === undefined || spec[field] === '')) spec[field] = before;
  }
}

/** Gives back the address of a Service that is gone. */
export function releaseClusterIp(service: KubeObject, ips: ServiceIps): void {
  const ip = at(service, 'spec', 'clusterIP');
  if (typeof ip === 'string') ips.release(ip);
}
