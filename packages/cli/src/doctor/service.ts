import type { Target } from '@fairlead/discovery';
import {
  type KubeClient,
  KubeError,
  type KubeObject,
  type ResourceRef,
} from '@fairlead/discovery/kubernetes';
import { missingService } from './elsewhere.js';
import { type Check, passed } from './report.js';

const SERVICES: ResourceRef = { group: '', version: 'v1', resource: 'services' };

/** The parts of a Service that decide where calls go. */
export interface ServiceSpec {
  readonly type?: string;
  readonly clusterIP?: string;
  readonly externalName?: string;
  readonly selector?: Readonly<Record<string, string>>;
  readonly publishNotReadyAddresses?: boolean;
  readonly ports?: readonly { name?: string; port: number; targetPort?: number | string }[];
}

/** What was seen of the Service; `spec` is undefined when it could not be read. */
export interface ServiceFinding {
  readonly check: Check;
  readonly spec: ServiceSpec | undefined;
}

/** What a Service is, in the words of the doctor. */
export function describeService({
  type = 'ClusterIP',
  clusterIP,
  externalName,
  ports = [],
}: ServiceSpec): string {
  if (type === 'ExternalName') return `ExternalName of ${externalName ?? 'nothing'}`;
  const listed = ports.map(
    ({ name, port, targetPort = port }) => `${name ?? '(unnamed)'} ${port} → ${targetPort}`,
  );
  const kind = clusterIP === 'None' ? 'headless' : type;
  const sticky =
    clusterIP === undefined || clusterIP === 'None'
      ? ''
      : `; through its virtual IP ${clusterIP} all calls of a connection stay on one pod`;
  return `${kind}, ports ${listed.join(', ') || 'none'}${sticky}`;
}

/** Reads the Service of a target. */
export async function checkService(client: KubeClient, target: Target): Promise<ServiceFinding> {
  const { namespace } = target;
  const name = `Service ${target.service} in namespace ${namespace}`;
  try {
    const { spec = {} } = await client.get<KubeObject & { readonly spec?: ServiceSpec }>(
      SERVICES,
      target.service,
      { namespace },
    );
    const check = passed('service', `${name}: ${describeService(spec)}`);
    return { check, spec };
  } catch (error) {
    const status = error instanceof KubeError ? error.status : 0;
    if (status === 403) {
      const text = `${name} cannot be read; only numeric ports of Services that are not headless need it`;
      return { check: passed('service', text), spec: undefined };
    }
    if (status !== 404) throw error;
    return { check: await missingService(client, target), spec: undefined };
  }
}
