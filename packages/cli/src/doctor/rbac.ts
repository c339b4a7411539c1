/** Whom the rights are for, and where. */
export interface RbacSubject {
  /** Namespace of the target's Service. */
  readonly namespace: string;
  /** ServiceAccount of the client's pod. */
  readonly account: string;
  readonly accountNamespace: string;
  /** For `watchScope: 'cluster'`: the same rights in every namespace. */
  readonly everywhere?: boolean;
  /** The account is not known: whoever reads the manifest must put it in. */
  readonly guessed?: boolean;
}

const RULES = `rules:
  - apiGroups: [discovery.k8s.io]
    resources: [endpointslices]
    verbs: [get, list, watch]
  # Only for targets with a port number on a Service that is not headless.
  - apiGroups: [""]
    resources: [services]
    verbs: [get, watch]
`;

/** The least rights that a client needs to dial targets in one namespace, as a manifest for `kubectl apply -f -`. */
export function rbacManifest(subject: RbacSubject): string {
  const { namespace, account, accountNamespace, everywhere, guessed } = subject;
  const kind = everywhere ? 'ClusterRole' : 'Role';
  const where = everywhere ? '' : `\n  namespace: ${namespace}`;
  const hint = guessed ? '  # Put in the ServiceAccount of the client’s pod and its namespace.\n' : '';
  return `apiVersion: rbac.authorization.k8s.io/v1
kind: ${kind}
metadata:
  name: fairlead-client${where}
${RULES}---
apiVersion: rbac.authorization.k8s.io/v1
kind: ${kind}Binding
metadata:
  # One binding per account: another one's is not overwritten.
  name: fairlead-client-${accountNamespace}-${account}${where}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ${kind}
  name: fairlead-client
subjects:
${hint}  - kind: ServiceAccount
    name: ${account}
    namespace: ${accountNamespace}
`;
}
