import {
  parseAnyTarget,
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
import { checkConnections } from './connections.js';
import { checkCopies } from './copies.js';
import { checkDns } from './dns.js';
import { checkEndpoints, checkReadiness } from './endpoints.js';
import { showUser, whoAmI } from './identity.js';
import { listPorts, lookAtPods } from './pods.js';
import { checkProxy } from './proxy.js';
import { checkPushes } from './pushes.js';
import { type Check, type DoctorReport, failed, passed, reportOf } from './report.js';
import { checkRights } from './rights.js';
import { checkService, type ServiceSpec } from './service.js';
import { examineFallback, examineWithoutCluster } from './without-cluster.js';
import { checkZone } from './zone.js';

/** How long the doctor waits for an answer of the API server before it says that there is none (ms). */
const ANSWER_MS = 5_000;
const CLUSTER_DOMAIN = 'cluster.local';

interface Patient {
  readonly client: KubeClient;
  readonly access: ClusterAccess;
  readonly target: Target;
  readonly options: ClusterOptions;
}

/** Endpoints were found without the right to read the Service: this target does not need it. */
function notNeeded(check: Check): Check {
  if (check.ok || check.id !== 'rbac-services') return check;
  return passed(check.id, `${check.text}; this target does not need it`);
}

/** Looks at the endpoints, at what DNS says of them, and at each of them. */
async function examineEndpoints(
  { client, target, options, who }: Patient & { readonly who: Promise<string> },
  spec?: ServiceSpec,
): Promise<Check[]> {
  const { namespace, service } = target;
  const { selector = {} } = spec ?? {};
  const [pushes, pods] = await Promise.all([
    checkPushes(client, target),
    Object.keys(selector).length === 0 ? undefined : lookAtPods(client, { namespace, selector }),
  ]);
  // A client would wait for that watch, too.
  if (pushes.some(({ ok }) => !ok)) return pushes;
  const set = await resolveEndpoints(target.text, { ...options, timeoutMs: ANSWER_MS });
  const usable = usableEndpoints(set);
  const subject = { target, spec, pods };
  const zone = await checkZone({ client, user: await who, set, env: process.env });
  const checks = [
    ...pushes,
    checkEndpoints(set, usable.length, subject),
    ...checkReadiness(subject),
    ...zone,
  ];
  if (usable.length === 0) return checks;
  const pod = target.hostname === undefined ? '' : `${target.hostname}.`;
  const name = `${pod}${service}.${namespace}.svc.${CLUSTER_DOMAIN}`;
  const ready = usable.flatMap(({ addresses }) => addresses.map(({ host }) => host));
  const headless = spec === undefined ? undefined : spec.clusterIP === 'None';
  const [dns, connections] = await Promise.all([
    checkDns({ name, headless, ready }),
    checkConnections({ endpoints: usable, namespace, declared: listPorts(pods ?? []) }),
  ]);
  return [...checks, dns, ...connections];
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
    if (rights.some(({ id, ok }) => !ok && id === 'rbac-endpointslices')) {
      return [...checks, await examineFallback(target)];
    }
    const { check, spec } = await checkService(client, target);
    // A missing Service is one fact, and has no endpoints to look at.
    if (!check.ok) return [...checks, check];
    const endpoints = await examineEndpoints({ ...patient, who }, spec);
    const found = endpoints.some(({ id, ok }) => ok && id === 'endpoints');
    return [...checks.map((each) => (found ? notNeeded(each) : each)), check, ...endpoints];
  } catch (error) {
    return [apiTrouble(error, patient), await examineFallback(target)];
  }
}

/** Examines why calls to a target do, or do not, spread over the ready pods. */
export async function examine(text: string, options: ClusterOptions): Promise<DoctorReport> {
  const parsed = parseAnyTarget(text);
  if (parsed.kind !== 'kubernetes') {
    return reportOf([...checkProxy(text, process.env), ...(await examineWithoutCluster(parsed))]);
  }
  const access = loadAccess({ kubeconfig: options.kubeconfig, context: options.context });
  const target = parseTarget(text, { namespace: options.namespace ?? access.namespace });
  const client = createKubeClient(access, { timeoutMs: ANSWER_MS });
  try {
    return reportOf([
      ...checkProxy(text, process.env),
      ...checkCopies(process.cwd()),
      ...(await checkCluster({ client, access, target, options })),
    ]);
  } finally {
    client.close();
  }
}
