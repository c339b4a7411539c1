/** Whom the rights are for, and where. */
export interface RbacSubject {
  /** Namespace of the target's Service. */
  readonly namespace: string;
  /** ServiceAccount of the client's pod. */
  readonly account: string;
  readonly accountNamespace: string;
  /** The account is not known: whoever reads the manifest must put it in. */
  readonly guessed?: boolean;
}

/** The least rights that a client needs to dial targets in one namespace, as a manifest for `kubectl apply -f -`. */
export function rbacManifest({ namespace, account, accountNamespace, guessed }: RbacSubject): string {
  const hint = guessed ? '  # Put in the ServiceAccount of the client’s pod and its namespace.\n' : '';
  return `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: fairlead-client
  namespace: ${namespace}
rules:
  - apiGroups: [discovery.k8s.io]
    resources: [endpointslices]
    verbs: [get, list, watch]
  # Only for targets with a port number on a Service that is not headless.
  - apiGroups: [""]
    resources: [services]
    verbs: [get, watch]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  # One binding per account: another one's is not overwritten.
  name: fairlead-client-${accountNamespace}-${account}
  namespace: ${namespace}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: fairlead-client
subjects:
${hint}  - kind: ServiceAccount
    name: ${account}
    namespace: ${accountNamespace}
`;
}
