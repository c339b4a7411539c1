/** Whom the rights of a control plane are for. */
export interface XdsSubject {
  /** Namespace of the control plane's ServiceAccount `fairlead-xds`. */
  readonly accountNamespace: string;
}

/**
 * The least rights of a control plane that serves the whole cluster and asks who its clients are, as a manifest for
 * `kubectl apply -f -`.
 */
export function xdsRbacManifest({ accountNamespace }: XdsSubject): string {
  return `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: fairlead-xds
rules:
  - apiGroups: [discovery.k8s.io]
    resources: [endpointslices]
    verbs: [get, list, watch]
  # Which port of the pods a port number of a Service means.
  - apiGroups: [""]
    resources: [services]
    verbs: [get, list, watch]
  # Whose token a client shows. Not needed with --open or --client-ca.
  - apiGroups: [authentication.k8s.io]
    resources: [tokenreviews]
    verbs: [create]
  # What its holder may see. Not needed with --open.
  - apiGroups: [authorization.k8s.io]
    resources: [subjectaccessreviews]
    verbs: [create]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: fairlead-xds
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: fairlead-xds
subjects:
  - kind: ServiceAccount
    name: fairlead-xds
    namespace: ${accountNamespace}
`;
}
