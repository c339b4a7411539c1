/** Whom the rights are for, and where. */
export interface RbacSubject {
  /** Namespace of the target's Service. */
  readonly namespace: string;
  /** ServiceAccount of the client's pod. */
  readonly account: string;
  readonly accountNamespace: string;
  /** For `watchScope: 'cluster'`: the same rights in every namespace. */
  readonly everywhere?: boolean;
  /** For `clusterConfig`: the annotations of the Service. */
  readonly clusterConfig?: boolean;
  /** For `clusterConfig`: the ConfigMap. */
  readonly configMap?: { readonly namespace: string; readonly name: string } | undefined;
  /** The account is not known: whoever reads the manifest must put it in. */
  readonly guessed?: boolean;
}

const RULES = `rules:
  - apiGroups: [discovery.k8s.io]
    resources: [endpointslices]
    verbs: [get, list, watch]
`;

const servicesRule = (why: string): string => `  # ${why}
  - apiGroups: [""]
    resources: [services]
    verbs: [get, watch]
`;

const configMapRule = (name: string): string => `  - apiGroups: [""]
    resources: [configmaps]
    resourceNames: [${name}]
    verbs: [get, watch]
`;

const EVENTS_RULE = `  # What is not accepted shows in "kubectl describe service". It may be left out.
  - apiGroups: [""]
    resources: [events]
    verbs: [create]
`;

function rulesOf({ clusterConfig, configMap, namespace, everywhere }: RbacSubject): string {
  if (!clusterConfig && configMap === undefined) {
    return RULES + servicesRule('Only for targets with a port number on a Service that is not headless.');
  }
  const here = configMap !== undefined && (everywhere || configMap.namespace === namespace);
  return [
    RULES,
    servicesRule('For annotations, and for targets with a port number on a Service that is not headless.'),
    here ? configMapRule(configMap.name) : '',
    EVENTS_RULE,
  ].join('');
}

/** A role with these rules and its binding. */
interface Grant {
  readonly name: string;
  /** Absent: in every namespace. */
  readonly namespace?: string;
  readonly rules: string;
}

function manifestOf({ name, namespace, rules }: Grant, subject: RbacSubject): string {
  const { account, accountNamespace, guessed } = subject;
  const kind = namespace === undefined ? 'ClusterRole' : 'Role';
  const where = namespace === undefined ? '' : `\n  namespace: ${namespace}`;
  const hint = guessed ? '  # Put in the ServiceAccount of the client’s pod and its namespace.\n' : '';
  return `apiVersion: rbac.authorization.k8s.io/v1
kind: ${kind}
metadata:
  name: ${name}${where}
${rules}---
apiVersion: rbac.authorization.k8s.io/v1
kind: ${kind}Binding
metadata:
  # One binding per account: another one's is not overwritten.
  name: ${name}-${accountNamespace}-${account}${where}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ${kind}
  name: ${name}
subjects:
${hint}  - kind: ServiceAccount
    name: ${account}
    namespace: ${accountNamespace}
`;
}

/** The least rights that a client needs to dial targets in one namespace, as a manifest for `kubectl apply -f -`. */
export function rbacManifest(subject: RbacSubject): string {
  const { namespace, everywhere, configMap } = subject;
  const grants: Grant[] = [
    { name: 'fairlead-client', rules: rulesOf(subject), ...(everywhere ? {} : { namespace }) },
  ];
  if (configMap !== undefined && !everywhere && configMap.namespace !== namespace) {
    const rules = `rules:\n${configMapRule(configMap.name)}`;
    grants.push({ name: 'fairlead-client-config', namespace: configMap.namespace, rules });
  }
  return grants.map((grant) => manifestOf(grant, subject)).join('---\n');
}
