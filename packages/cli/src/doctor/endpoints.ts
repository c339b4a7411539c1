import type { Endpoint, EndpointSet, Target } from '@fairlead/discovery';
import { conditionsOf } from '../output/endpoint.js';
import { explainSet } from '../output/explain.js';
import { targetIn } from './elsewhere.js';
import { listPorts, type SeenPod } from './pods.js';
import { type Check, failed, passed } from './report.js';
import type { ServiceSpec } from './service.js';

/** Pods named in one line. */
const SHOWN = 3;

/** A Service and what is known of its pods. */
export interface EndpointSubject {
  readonly target: Target;
  /** Undefined where the Service may not be read. */
  readonly spec: ServiceSpec | undefined;
  /** The pods that its selector matches; undefined where it has none or they may not be listed. */
  readonly pods: readonly SeenPod[] | undefined;
}

const count = (n: number, one: string): string => `${n} ${one}${n === 1 ? '' : 's'}`;

/** How many endpoints there are, in how many slices, in which conditions. */
export function summarize({ endpoints }: Pick<EndpointSet, 'endpoints'>): string {
  const counts = new Map<string, number>();
  for (const endpoint of endpoints) {
    const condition = conditionsOf(endpoint);
    counts.set(condition, (counts.get(condition) ?? 0) + 1);
  }
  const slices = new Set(endpoints.map(({ slice }: Endpoint) => slice)).size;
  const conditions = [...counts].map(([condition, n]) => `${n} ${condition}`).join(', ');
  return `${count(endpoints.length, 'endpoint')} in ${count(slices, 'slice')}: ${conditions}`;
}

const selectorOf = ({ selector = {} }: ServiceSpec): string =>
  Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');

/** Why pods are not ready, the first ones by name. */
function troubles(pods: readonly SeenPod[]): string {
  const unready = pods.filter(({ ready }) => !ready);
  const said = unready.slice(0, SHOWN).map(({ name, trouble }) => `${name}: ${trouble}`);
  const more = unready.length > SHOWN ? `, and ${unready.length - SHOWN} more` : '';
  return said.length === 0 ? '' : `; ${said.join('; ')}${more}`;
}

function podFix(pods: readonly SeenPod[], namespace: string): string {
  const unready = pods.find(({ ready }) => !ready);
  const describe = `kubectl describe pod ${unready?.name ?? ''} -n ${namespace}`;
  const { trouble = '' } = unready ?? {};
  if (/\bprobe\b/i.test(trouble)) return `mend what the probe asks, or the probe: ${describe}`;
  if (/^(?:CrashLoopBackOff|Error)/.test(trouble)) {
    return `look why it ends: kubectl logs ${unready?.name} -n ${namespace} --previous`;
  }
  return `see what it waits for: ${describe}`;
}

/** The port is one of the Service's and leads to none of the pods', or it is not one of the Service's. */
function portFix({ target, spec, pods }: EndpointSubject): string {
  const { port, namespace } = target;
  const own = spec?.ports ?? [];
  const dialled = own.find((each) =>
    port.kind === 'number' ? each.port === port.number : port.kind === 'name' && each.name === port.name,
  );
  if (dialled !== undefined) {
    const declared = listPorts(pods ?? []);
    const { targetPort = dialled.port } = dialled;
    const those = declared === '' ? 'a port of its pods' : `a port of its pods, which declare ${declared}`;
    return `set targetPort ${targetPort} of the Service to ${those}`;
  }
  const targets = own.slice(0, SHOWN).map(({ port: number }) => {
    return targetIn(namespace, { ...target, port: { kind: 'number', number } });
  });
  return targets.length === 0
    ? 'dial one of the ports that the message lists'
    : `dial ${targets.join(' or ')}`;
}

/** No controller makes endpoints for such a Service. */
function handMadeFix({ type }: ServiceSpec, service: string): string {
  return type === 'ExternalName'
    ? 'dial what the message says: only DNS follows an ExternalName'
    : `give the Service a selector, or write EndpointSlices with the label kubernetes.io/service-name: ${service}`;
}

function checkEmpty(set: EndpointSet, subject: EndpointSubject): Check {
  const { target, spec, pods } = subject;
  const { service, namespace } = target;
  if (set.absence?.code === 'NO_HOSTNAME') {
    const columns = 'NAME:.metadata.name,HOSTNAME:.spec.hostname,SUBDOMAIN:.spec.subdomain';
    const fix = `dial a pod that is there: kubectl get pods -n ${namespace} -o custom-columns=${columns}`;
    return failed('endpoints', `${explainSet(set)}${troubles(pods ?? [])}`, fix);
  }
  if (set.absence?.code === 'NO_SLICE' && spec !== undefined && selectorOf(spec) === '') {
    return failed('endpoints', explainSet(set), handMadeFix(spec, service));
  }
  if (set.absence?.code === 'NO_PORT') return failed('endpoints', explainSet(set), portFix(subject));
  if (spec !== undefined && pods?.length === 0) {
    const text = `no pod in namespace ${namespace} has the labels that Service ${service} selects: ${selectorOf(spec)}`;
    const fix = `compare them with the pods’ labels: kubectl get pods -n ${namespace} --show-labels`;
    return failed('endpoints', text, fix);
  }
  if (pods !== undefined) {
    return failed('endpoints', `${explainSet(set)}${troubles(pods)}`, podFix(pods, namespace));
  }
  const fix =
    set.absence?.code === 'NO_SLICE'
      ? `see what there is: kubectl get service,endpointslices -n ${namespace} -l kubernetes.io/service-name=${service}`
      : 'compare the Service’s selector and ports with the labels and ports of its pods';
  return failed('endpoints', explainSet(set), fix);
}

/** Whether there is an endpoint to call, and if not what holds it back. */
export function checkEndpoints(set: EndpointSet, usable: number, subject: EndpointSubject): Check {
  const { target, pods } = subject;
  if (set.endpoints.length === 0) return checkEmpty(set, subject);
  if (usable > 0) return passed('endpoints', summarize(set));
  const fix =
    pods === undefined
      ? `look at the readiness probes: kubectl describe pods -n ${target.namespace}`
      : podFix(pods, target.namespace);
  return failed('endpoints', `${explainSet(set)}${troubles(pods ?? [])}`, fix);
}

/** Whether pods are called that are not ready, because the Service publishes them all the same. */
export function checkReadiness({ spec, pods = [] }: EndpointSubject): Check[] {
  if (spec?.publishNotReadyAddresses !== true) return [];
  const unready = pods.filter(({ ready }) => !ready);
  const what = 'the Service publishes pods before they are ready (publishNotReadyAddresses)';
  if (unready.length === 0) return [passed('readiness', `${what}; all are ready now`)];
  const text = `${what}, and ${unready.length} of ${pods.length} ${unready.length === 1 ? 'is' : 'are'} not${troubles(pods)}`;
  const fix = 'set publishNotReadyAddresses: false: calls go to pods that cannot answer them yet';
  return [failed('readiness', text, fix)];
}
