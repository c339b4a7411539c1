export const NAMESPACE = 'soak';
export const SERVICE = 'echo';
/** Port of every pod. */
export const PORT = 8088;
export const TARGET = `k8s:///${SERVICE}.${NAMESPACE}:${PORT}`;
/** The ServiceAccount that the client reads the cluster as. */
export const ACCOUNT = 'client';

export interface EchoOptions {
  readonly replicas: number;
  /** Without a probe nothing but the connections themselves says that a pod stands still. Default true. */
  readonly probe?: boolean;
}

/** Echo pods behind a headless Service. They are given up as soon as their node is. */
export function echoManifest({ replicas, probe = true }: EchoOptions): string {
  return `
apiVersion: v1
kind: Namespace
metadata: {name: ${NAMESPACE}}
---
apiVersion: v1
kind: Service
metadata: {name: ${SERVICE}, namespace: ${NAMESPACE}}
spec: {clusterIP: None, selector: {app: echo}, ports: [{name: grpc, port: ${PORT}, targetPort: ${PORT}}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: echo, namespace: ${NAMESPACE}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: echo}}
  template:
    metadata: {labels: {app: echo}}
    spec:
      terminationGracePeriodSeconds: 5
      tolerations:
        - {key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 0}
      containers:
        - name: echo
          image: fairlead/echo
          ports: [{containerPort: ${PORT}}]
${probe ? `          readinessProbe: {grpc: {port: ${PORT}}, periodSeconds: 1}\n` : ''}`;
}

/** What the client may do: what its documentation asks for, and no more. */
export const ACCOUNT_MANIFEST = `
apiVersion: v1
kind: ServiceAccount
metadata: {name: ${ACCOUNT}, namespace: ${NAMESPACE}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: ${ACCOUNT}, namespace: ${NAMESPACE}}
rules:
  - {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [get, list, watch]}
  - {apiGroups: [''], resources: [services], verbs: [get, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: ${ACCOUNT}, namespace: ${NAMESPACE}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: ${ACCOUNT}}
subjects: [{kind: ServiceAccount, name: ${ACCOUNT}, namespace: ${NAMESPACE}}]
`;

/** A pod that nobody schedules: a token that is bound to it ends when it is deleted. */
export const holderManifest = (name: string): string => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: ${NAMESPACE}}
spec:
  serviceAccountName: ${ACCOUNT}
  schedulerName: nobody
  containers: [{name: none, image: fairlead/echo}]
`;
