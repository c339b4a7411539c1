import {
  type EndpointSet,
  parseTarget,
  resolveEndpoints,
  type Target,
  usableEndpoints,
} from '@fairlead/discovery';
import {
  type ClusterAccess,
  createKubeClient,
  type KubeClient,
  loadAccess,
  toDiscoveryError,
} from '@fairlead/discovery/kubernetes';
import type { ClusterOptions } from '../cluster-options.js';
import { explainSet } from '../output/explain.js';
import { checkConnections } from './connections.js';
import { checkDns } from './dns.js';
import { summarize } from './endpoints.js';
import { showUser, whoAmI } from './identity.js';
import { checkProxy } from './proxy.js';
import { type Check, type DoctorReport, failed, passed, reportOf } from './report.js';
import { checkRights } from './rights.js';
import { checkService } from './service.js';

/** How long the doctor waits for an answer of the API server before it says that there is none (ms). */
const ANSWER_MS = 5_000;
const CLUSTER_DOMAIN = 'cluster.local';

interface Patient {
  readonly client: KubeClient;
  readonly access: ClusterAccess;
  readonly target: Target;
  readonly options: ClusterOptions;
}

/** What to do about a Service without endpoints, by what the cluster says of it. */
function emptyFix({ absence }: EndpointSet, { namespace, service }: Target): string {
  if (absence?.code === 'NO_PORT') return 'dial one of the ports that the message lists';
  if (absence?.code === 'NO_SLICE') {
    return `see what there is: kubectl get service,endpointslices -n ${namespace} -l kubernetes.io/service-name=${service}`;
  }
  return 'compare the Service’s selector and ports with the labels and ports of its pods';
}

/** Endpoints were found without the right to read the Service: this target does not need it. */
function notNeeded(check: Check): Check {
  if (check.ok || check.id !== 'rbac-services') return check;
  return passed(check.id, `${check.text}; this target does not need it`);
}

/** Looks at the endpoints, at what DNS says of them, and at each of them. */
async function checkEndpoints({ target, options }: Patient, headless: boolean | undefined): Promise<Check[]> {
  const set = await resolveEndpoints(target.text, { ...options, timeoutMs: ANSWER_MS });
  if (set.endpoints.length === 0) return [failed('endpoints', explainSet(set), emptyFix(set, target))];
  const usable = usableEndpoints(set);
  if (usable.length === 0) {
    const fix = `look at the readiness probes: kubectl describe pods -n ${target.namespace}`;
    return [failed('endpoints', explainSet(set), fix)];
  }
  const name = `${target.service}.${target.namespace}.svc.${CLUSTER_DOMAIN}`;
  const ready = usable.flatMap(({ addresses }) => addresses.map(({ host }) => host));
  const [dns, connections] = await Promise.all([
    checkDns({ name, headless, ready }),
    checkConnections(usable),
  ]);
  return [passed('endpoints', summarize(set)), dns, ...connections];
}

function apiTrouble(error: unknown, { access, target }: Patient): Check {
  const ref = { group: '', version: 'v1', resource: 'services' };
  const { server } = access;
  const { code, message } = toDiscoveryError(error, { verb: 'get', ref, server, identity: access });
  const fix =
    code === 'UNAUTHORIZED'
      ? 'renew the credentials; "kubectl auth whoami" shows whether the API server takes them'
      : `check that ${server} is the API server of ${target.text} and that it is reached from here: kubectl version`;
  return failed('api', message, fix);
}

async function checkCluster(patient: Patient): Promise<Check[]> {
  const { client, access, target } = patient;
  try {
    const { user, server, origin } = access;
    const who = whoAmI(client).then((known) => showUser(known ?? user));
    const rights = await checkRights({ client, user: who, namespace: target.namespace, target: target.text });
    const checks = [passed('api', `the API server ${server} answers, asked by ${origin}`), ...rights];
    if (rights.some(({ id, ok }) => !ok && id === 'rbac-endpointslices')) return checks;
    const { check, headless } = await checkService(client, target);
    // A missing Service is one fact, and has no endpoints to look at.
    if (!check.ok) return [...checks, check];
    const endpoints = await checkEndpoints(patient, headless);
    const found = endpoints.some(({ id, ok }) => ok && id === 'endpoints');
    return [...checks.map((each) => (found ? notNeeded(each) : each)), check, ...endpoints];
  } catch (error) {
    return [apiTrouble(error, patient)];
  }
}

/** Examines why calls to a target do, or do not, spread over the ready pods. */
export async function examine(text: string, options: ClusterOptions): Promise<DoctorReport> {
  parseTarget(text);
  const access = loadAccess({ kubeconfig: options.kubeconfig, context: options.context });
  const target = parseTarget(text, { namespace: options.namespace ?? access.namespace });
  const client = createKubeClient(access, { timeoutMs: ANSWER_MS });
  try {
    return reportOf([
      ...checkProxy(text, process.env),
      ...(await checkCluster({ client, access, target, options })),
    ]);
  } finally {
    client.close();
  }
}
