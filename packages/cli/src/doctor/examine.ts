import { parseTarget, resolveEndpoints, type Target, usableEndpoints } from '@fairlead/discovery';
import {
  type ClusterAccess,
  createKubeClient,
  type KubeClient,
  type KubeObject,
  loadAccess,
  type ResourceRef,
} from '@fairlead/discovery/kubernetes';
import type { ClusterOptions } from '../cluster-options.js';
import { conditionsOf } from '../commands/resolve.js';
import { explainSet } from '../output/explain.js';
import { checkConnections } from './connections.js';
import { checkProxy } from './proxy.js';
import { type Check, type DoctorReport, failed, passed, reportOf } from './report.js';

const SERVICES: ResourceRef = { group: '', version: 'v1', resource: 'services' };
const ACCESS_REVIEWS: ResourceRef = {
  group: 'authorization.k8s.io',
  version: 'v1',
  resource: 'selfsubjectaccessreviews',
};
/** How long the doctor waits for the API server before it says that there is no answer. */
const ANSWER_MS = 5_000;

interface Patient {
  readonly client: KubeClient;
  readonly access: ClusterAccess;
  readonly target: Target;
  readonly options: ClusterOptions;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function checkRights({ client, target, access }: Patient): Promise<Check[]> {
  const wanted = [
    { group: 'discovery.k8s.io', resource: 'endpointslices', verbs: ['list', 'watch'] },
    { group: '', resource: 'services', verbs: ['get', 'watch'] },
  ];
  return Promise.all(
    wanted.map(async ({ group, resource, verbs }) => {
      const id = `rbac-${resource}`;
      const denied: string[] = [];
      for (const verb of verbs) {
        const resourceAttributes = { group, resource, verb, namespace: target.namespace };
        const body = {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectAccessReview',
          metadata: {},
          spec: { resourceAttributes },
        };
        const review = await client.create<KubeObject>(ACCESS_REVIEWS, body);
        if ((review.status as { allowed?: boolean } | undefined)?.allowed !== true) denied.push(verb);
      }
      const where = `${resource} in namespace ${target.namespace}`;
      if (denied.length === 0) return passed(id, `${access.user} may ${verbs.join(' and ')} ${where}`);
      const fix = `apply the Role that "fairlead doctor --rbac ${target.text}" prints`;
      return failed(id, `${access.user} may not ${denied.join(', ')} ${where}`, fix);
    }),
  );
}

interface ServiceSpec {
  readonly type?: string;
  readonly clusterIP?: string;
  readonly ports?: readonly { name?: string; port: number; targetPort?: number | string }[];
}

function describeService(spec: ServiceSpec): string {
  const kind = spec.clusterIP === 'None' ? 'headless' : (spec.type ?? 'ClusterIP');
  const ports = (spec.ports ?? []).map(
    ({ name, port, targetPort = port }) => `${name ?? '(unnamed)'} ${port} → ${targetPort}`,
  );
  return `${kind}, ports ${ports.join(', ') || 'none'}`;
}

async function checkService({ client, target }: Patient): Promise<Check> {
  const name = `Service ${target.service} in namespace ${target.namespace}`;
  try {
    const service = await client.get<KubeObject>(SERVICES, target.service, { namespace: target.namespace });
    return passed('service', `${name}: ${describeService((service.spec ?? {}) as ServiceSpec)}`);
  } catch (error) {
    const status = (error as { status?: number }).status;
    if (status === 403)
      return passed(
        'service',
        `${name} cannot be read; only numeric ports of Services that are not headless need it`,
      );
    if (status !== 404) throw error;
    return failed(
      'service',
      `${name} does not exist`,
      `kubectl get services -n ${target.namespace} lists what there is`,
    );
  }
}

async function checkEndpoints({ target, options }: Patient): Promise<Check[]> {
  const set = await resolveEndpoints(target.text, { ...options, timeoutMs: ANSWER_MS });
  if (set.endpoints.length === 0) {
    const fix = 'compare the Service’s selector and ports with the labels and ports of its pods';
    return [failed('endpoints', explainSet(set), fix)];
  }
  const counts = new Map<string, number>();
  for (const endpoint of set.endpoints) {
    const condition = conditionsOf(endpoint);
    counts.set(condition, (counts.get(condition) ?? 0) + 1);
  }
  const slices = new Set(set.endpoints.map(({ slice }) => slice)).size;
  const summary = [...counts].map(([condition, count]) => `${count} ${condition}`).join(', ');
  const text = `${set.endpoints.length} endpoints in ${slices} slices: ${summary}`;
  const usable = usableEndpoints(set);
  if (usable.length === 0) {
    const fix = `look at the readiness probes: kubectl describe pods -n ${target.namespace}`;
    return [failed('endpoints', explainSet(set), fix)];
  }
  return [passed('endpoints', text), ...(await checkConnections(usable))];
}

async function checkCluster(patient: Patient): Promise<Check[]> {
  const reached = `${patient.access.server} by ${patient.access.origin}`;
  try {
    const rights = await checkRights(patient);
    const checks = [passed('api', reached), ...rights];
    if (rights.some(({ id, ok }) => !ok && id === 'rbac-endpointslices')) return checks;
    return [...checks, await checkService(patient), ...(await checkEndpoints(patient))];
  } catch (error) {
    const fix = 'check the address and the credentials with: kubectl auth whoami';
    return [failed('api', `${reached}: ${messageOf(error)}`, fix)];
  }
}

/** Examines why calls to a target do, or do not, spread over the ready pods. */
export async function examine(text: string, options: ClusterOptions): Promise<DoctorReport> {
  const access = loadAccess({ kubeconfig: options.kubeconfig, context: options.context });
  const target = parseTarget(text, { namespace: options.namespace ?? access.namespace });
  const client = createKubeClient(access);
  try {
    return reportOf([
      ...checkProxy(text, process.env),
      ...(await checkCluster({ client, access, target, options })),
    ]);
  } finally {
    client.close();
  }
}
