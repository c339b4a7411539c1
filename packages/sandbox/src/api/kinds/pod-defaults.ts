import type { KubeObject } from '../../objects.js';
import type {
  Container,
  DownwardFile,
  Handler,
  Pod,
  PodSpec,
  Probe,
  Resources,
  Volume,
} from './pod-types.js';

/** File mode 0644, in the decimal form that the API carries. */
const DEFAULT_MODE = 0o644;
const TOKEN_SECONDS = 3600;

/** Fills in a pod as the API server does on create and update. */
export function defaultPod(object: KubeObject): void {
  const pod: Pod = object;
  pod.spec ??= {};
  defaultPodSpec(pod.spec);
  pod.spec.enableServiceLinks ??= true;
  pod.spec.serviceAccountName ||= 'default';
  pod.spec.serviceAccount = pod.spec.serviceAccountName;
  for (const container of [...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? [])]) {
    requestLimits(container);
  }
  tolerateNodeTrouble(pod.spec);
  pod.status ??= {};
  pod.status.phase ||= 'Pending';
  pod.status.qosClass ||= qosClass(pod.spec);
  // The one time that upstream's encoder shows although it is not set.
  for (const condition of pod.status.conditions ?? []) condition.lastProbeTime ??= null;
}

/** Fills in the spec of a pod or of a pod template. */
export function defaultPodSpec(spec: PodSpec): void {
  spec.restartPolicy ||= 'Always';
  spec.dnsPolicy ||= 'ClusterFirst';
  spec.terminationGracePeriodSeconds ??= 30;
  spec.schedulerName ||= 'default-scheduler';
  spec.securityContext ??= {};
  // The deprecated alias follows the field, or gives it its value.
  spec.serviceAccountName ||= spec.serviceAccount ?? '';
  if (spec.serviceAccountName) spec.serviceAccount = spec.serviceAccountName;
  else delete spec.serviceAccountName;
  for (const volume of spec.volumes ?? []) defaultVolume(volume);
  for (const list of [spec.containers, spec.initContainers, spec.ephemeralContainers]) {
    for (const container of list ?? []) defaultContainer(container, spec.hostNetwork === true);
  }
}

function defaultContainer(container: Container, hostNetwork: boolean): void {
  container.imagePullPolicy ||= pullPolicy(container.image ?? '');
  container.resources ??= {};
  container.terminationMessagePath ||= '/dev/termination-log';
  container.terminationMessagePolicy ||= 'File';
  for (const port of container.ports ?? []) {
    port.protocol ||= 'TCP';
    if (hostNetwork && port.containerPort !== undefined) port.hostPort ||= port.containerPort;
  }
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom?.fieldRef) valueFrom.fieldRef.apiVersion ||= 'v1';
    // A quantity that is not set shows as zero.
    if (valueFrom?.resourceFieldRef) valueFrom.resourceFieldRef.divisor ??= '0';
  }
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) {
    if (probe) defaultProbe(probe);
  }
  for (const handler of [container.lifecycle?.postStart, container.lifecycle?.preStop]) {
    if (handler) defaultHttpGet(handler);
  }
}

function pullPolicy(image: string): string {
  const name = image.slice(image.lastIndexOf('/') + 1);
  const latest = !name.includes('@') && (!name.includes(':') || name.endsWith(':latest'));
  return latest ? 'Always' : 'IfNotPresent';
}

function defaultProbe(probe: Probe): void {
  // Zero means "not said" for these four.
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  defaultHttpGet(probe);
  if (probe.grpc) probe.grpc.service ??= '';
}

function defaultHttpGet(handler: Handler): void {
  if (!handler.httpGet) return;
  handler.httpGet.path ||= '/';
  handler.httpGet.scheme ||= 'HTTP';
}

function defaultVolume(volume: Volume): void {
  if (Object.keys(volume).every((key) => key === 'name')) volume.emptyDir = {};
  for (const source of [volume.configMap, volume.secret, volume.downwardAPI, volume.projected]) {
    if (source) source.defaultMode ??= DEFAULT_MODE;
  }
  if (volume.hostPath) volume.hostPath.type ??= '';
  defaultDownwardFiles(volume.downwardAPI?.items);
  for (const source of volume.projected?.sources ?? []) {
    if (source.serviceAccountToken) source.serviceAccountToken.expirationSeconds ??= TOKEN_SECONDS;
    defaultDownwardFiles(source.downwardAPI?.items);
  }
}

function defaultDownwardFiles(items: readonly DownwardFile[] | undefined): void {
  for (const { fieldRef, resourceFieldRef } of items ?? []) {
    if (fieldRef) fieldRef.apiVersion ||= 'v1';
    if (resourceFieldRef) resourceFieldRef.divisor ??= '0';
  }
}

/** A limit without a request requests the limit. */
function requestLimits(container: Container): void {
  const resources: Resources = container.resources ?? {};
  for (const [name, limit] of Object.entries(resources.limits ?? {})) {
    resources.requests ??= {};
    resources.requests[name] ??= limit;
  }
}

/** What the admission plugin DefaultTolerationSeconds adds: 300 s on a node that is not ready or not reachable. */
function tolerateNodeTrouble(spec: PodSpec): void {
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) {
    const tolerated = spec.tolerations?.some(
      (each) => (each.key === key || !each.key) && (each.effect === 'NoExecute' || !each.effect),
    );
    if (tolerated) continue;
    spec.tolerations ??= [];
    spec.tolerations.push({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 });
  }
}

/** Guaranteed: every container limits cpu and memory to what it requests. BestEffort: none asks for anything. */
function qosClass(spec: PodSpec): string {
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  const asks = (container: Container) =>
    Object.keys({ ...container.resources?.requests, ...container.resources?.limits }).length > 0;
  if (!containers.some(asks)) return 'BestEffort';
  const guaranteed = containers.every(({ resources }) =>
    ['cpu', 'memory'].every(
      (name) =>
        resources?.limits?.[name] !== undefined && resources.limits[name] === resources.requests?.[name],
    ),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}
