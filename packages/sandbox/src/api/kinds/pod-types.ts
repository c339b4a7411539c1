import type { KubeObject, ObjectMeta } from '../../objects.js';

/** The fields of a pod that the API server itself reads; what it only stores is not named here. */
export interface Pod extends KubeObject {
  spec?: PodSpec;
  status?: PodStatus;
}

/** What a Deployment or ReplicaSet makes pods from. */
export interface PodTemplate {
  metadata?: Partial<ObjectMeta>;
  spec?: PodSpec;
}

/** What a pod is to run. */
export interface PodSpec {
  containers?: Container[];
  initContainers?: Container[];
  ephemeralContainers?: Container[];
  volumes?: Volume[];
  restartPolicy?: string;
  terminationGracePeriodSeconds?: number;
  activeDeadlineSeconds?: number;
  dnsPolicy?: string;
  serviceAccountName?: string;
  serviceAccount?: string;
  automountServiceAccountToken?: boolean;
  priority?: number;
  preemptionPolicy?: string;
  nodeName?: string;
  hostname?: string;
  subdomain?: string;
  hostNetwork?: boolean;
  schedulerName?: string;
  securityContext?: object;
  enableServiceLinks?: boolean;
  tolerations?: Toleration[];
  readinessGates?: { conditionType: string }[];
  nodeSelector?: Record<string, string>;
  affinity?: Affinity;
}

/** Nodes that a pod is drawn to; what it says of other pods is stored and not looked at. */
export interface Affinity {
  nodeAffinity?: {
    requiredDuringSchedulingIgnoredDuringExecution?: { nodeSelectorTerms?: NodeSelectorTerm[] };
    preferredDuringSchedulingIgnoredDuringExecution?: { weight?: number; preference?: NodeSelectorTerm }[];
  };
}

/** Requirements of a node, all of which must hold. */
export interface NodeSelectorTerm {
  matchExpressions?: NodeSelectorRequirement[];
  matchFields?: NodeSelectorRequirement[];
}

/** One requirement of a label or a field of a node. */
export interface NodeSelectorRequirement {
  key?: string;
  operator?: string;
  values?: string[];
}

/** A taint of nodes that a pod puts up with. */
export interface Toleration {
  key?: string;
  operator?: string;
  value?: string;
  effect?: string;
  tolerationSeconds?: number;
}

/** One process of a pod. */
export interface Container {
  name?: string;
  image?: string;
  imagePullPolicy?: string;
  restartPolicy?: string;
  ports?: ContainerPort[];
  env?: EnvVar[];
  resources?: Resources;
  envFrom?: EnvFromSource[];
  volumeMounts?: VolumeMount[];
  livenessProbe?: Probe;
  readinessProbe?: Probe;
  startupProbe?: Probe;
  lifecycle?: { postStart?: Handler; preStop?: Handler };
  terminationMessagePath?: string;
  terminationMessagePolicy?: string;
}

/** A port that a container listens on. */
export interface ContainerPort {
  name?: string;
  containerPort?: number;
  hostPort?: number;
  protocol?: string;
}

/** An environment variable, given or looked up. */
export interface EnvVar {
  name?: string;
  value?: string;
  valueFrom?: {
    fieldRef?: { apiVersion?: string; fieldPath?: string };
    resourceFieldRef?: ResourceField;
    configMapKeyRef?: { name?: string; key?: string };
    secretKeyRef?: { name?: string; key?: string };
  };
}

/** A limit or request of a container. */
export interface ResourceField {
  containerName?: string;
  resource?: string;
  divisor?: string | number;
}

/** Where further variables come from. */
export interface EnvFromSource {
  prefix?: string;
  configMapRef?: { name?: string };
  secretRef?: { name?: string };
}

/** A volume, or a part of it, at a path of a container. */
export interface VolumeMount {
  name?: string;
  mountPath?: string;
  readOnly?: boolean;
  subPath?: string;
  subPathExpr?: string;
}

/** A key of a ConfigMap or Secret as a file. */
export interface KeyToPath {
  key?: string;
  path?: string;
  mode?: number;
}

/** Quantities that a container asks for and may not exceed. */
export interface Resources {
  requests?: Record<string, string>;
  limits?: Record<string, string>;
}

/** What a probe or a lifecycle hook does. */
export interface Handler {
  exec?: { command?: string[] };
  httpGet?: { path?: string; port?: number | string; scheme?: string; host?: string };
  tcpSocket?: { port?: number | string };
  grpc?: { port?: number; service?: string };
  sleep?: { seconds?: number };
}

/** A check of a container, and how often it is made. */
export interface Probe extends Handler {
  initialDelaySeconds?: number;
  timeoutSeconds?: number;
  periodSeconds?: number;
  successThreshold?: number;
  failureThreshold?: number;
  terminationGracePeriodSeconds?: number;
}

/** A volume of a pod: its name and one source. */
export interface Volume {
  name?: string;
  emptyDir?: object;
  configMap?: { name?: string; defaultMode?: number; items?: KeyToPath[] };
  secret?: { secretName?: string; defaultMode?: number; items?: KeyToPath[] };
  downwardAPI?: { defaultMode?: number; items?: DownwardFile[] };
  projected?: { defaultMode?: number; sources?: ProjectedSource[] };
  hostPath?: { path?: string; type?: string };
  [source: string]: unknown;
}

/** A file that holds a field of the pod. */
export interface DownwardFile {
  path?: string;
  mode?: number;
  fieldRef?: { apiVersion?: string; fieldPath?: string };
  resourceFieldRef?: ResourceField;
}

/** One source of a projected volume. */
export interface ProjectedSource {
  configMap?: { name?: string; items?: KeyToPath[] };
  secret?: { name?: string; items?: KeyToPath[] };
  serviceAccountToken?: { path?: string; expirationSeconds?: number; audience?: string };
  downwardAPI?: { items?: DownwardFile[] };
  [source: string]: unknown;
}

/** How a pod is doing. */
export interface PodStatus {
  phase?: string;
  reason?: string;
  podIP?: string;
  podIPs?: { ip?: string }[];
  nominatedNodeName?: string;
  qosClass?: string;
  conditions?: { type: string; status: string; reason?: string; lastProbeTime?: string | null }[];
  containerStatuses?: ContainerStatus[];
  initContainerStatuses?: ContainerStatus[];
}

/** How a container is doing. */
export interface ContainerStatus {
  name?: string;
  ready?: boolean;
  started?: boolean;
  restartCount?: number;
  state?: ContainerState;
  lastState?: ContainerState;
}

/** Waiting, running or ended: one of the three. */
export interface ContainerState {
  waiting?: { reason?: string };
  running?: object;
  terminated?: { reason?: string; signal?: number; exitCode?: number; finishedAt?: string };
}
