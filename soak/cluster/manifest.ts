export const NAMESPACE = 'soak';
export const SERVICE = 'echo';
/** Port of every pod. */
export const PORT = 8088;
export const TARGET = `k8s:///${SERVICE}.${NAMESPACE}:${PORT}`;
/** What xDS clients ask for. */
export const XDS_NAME = `${SERVICE}.${NAMESPACE}:${PORT}`;
/** The ServiceAccounts that the client and the control planes read the cluster as. */
export type Account = 'client' | 'control-plane';

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

/** What the client and the control planes may do: what their documentation asks for, and no more. */
export const ACCOUNTS_MANIFEST = `
apiVersion: v1
kind: ServiceAccount
metadata: {name: client, namespace: ${NAMESPACE}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: client, namespace: ${NAMESPACE}}
rules:
  - {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [get, list, watch]}
  - {apiGroups: [''], resources: [services], verbs: [get, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: client, namespace: ${NAMESPACE}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: client}
subjects: [{kind: ServiceAccount, name: client, namespace: ${NAMESPACE}}]
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: control-plane, namespace: ${NAMESPACE}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: control-plane}
rules:
  - {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [get, list, watch]}
  - {apiGroups: [''], resources: [services], verbs: [get, list, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: control-plane}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: control-plane}
subjects: [{kind: ServiceAccount, name: control-plane, namespace: ${NAMESPACE}}]
`;

/** A pod that nobody schedules: a token that is bound to it ends when it is deleted. */
export const holderManifest = (name: string, account: Account): string => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: ${NAMESPACE}}
spec:
  serviceAccountName: ${account}
  schedulerName: nobody
  containers: [{name: none, image: fairlead/echo}]
`;
