import { bring, type Step, see } from './step.js';

const LONELY = `
apiVersion: v1
kind: Pod
metadata: {name: lonely, labels: {app: lonely}}
spec:
  nodeName: node-a
  terminationGracePeriodSeconds: 1
  tolerations: [{operator: Exists}]
  volumes: [{name: scratch, emptyDir: {}}]
  containers:
    - name: echo
      image: fairlead/echo
      env: [{name: PORT, value: "8090"}]
      volumeMounts: [{name: scratch, mountPath: /scratch}]
`;

const EVICTION =
  '{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"lonely","namespace":"shop"}}';
const EVICT = 'create --raw /api/v1/namespaces/shop/pods/lonely/eviction -f -';
const HEALTHY = "wait --for=jsonpath='{.status.currentHealthy}'=1 pdb/lonely --timeout=60s";

/** A pod that runs on the first node, without a controller, with a volume of its own. */
const lonely: readonly Step[] = [
  { command: 'apply -f -', input: LONELY, quiet: true },
  ...bring('wait --for=condition=Ready pod/lonely --timeout=60s'),
];

const budget = (name: string, spec: string): Step => ({
  command: 'create -f -',
  input: `apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: ${name}}\nspec: ${spec}\n`,
});

/** Disruption budgets, evictions, drained nodes, cordons and taints. */
export const DISRUPT: readonly Step[] = [
  ...lonely,
  ...see(
    'create poddisruptionbudget lonely --selector=app=lonely --min-available=1',
    'create poddisruptionbudget lonely --selector=app=lonely --min-available=1',
    'create poddisruptionbudget half --selector=app=half --max-unavailable=50%',
    'create poddisruptionbudget odd --selector=app=odd --min-available=x',
    'create pdb odd --selector=app=odd',
  ),
  budget('odd', '{minAvailable: -1, selector: {matchLabels: {app: odd}}}'),
  budget('odd', '{minAvailable: 1, maxUnavailable: 1, selector: {matchLabels: {app: odd}}}'),
  budget('odd', '{maxUnavailable: 101%, selector: {matchLabels: {app: odd}}}'),
  budget('odd', '{maxUnavailable: half, unhealthyPodEvictionPolicy: Never}'),
  ...bring(HEALTHY),
  ...see(
    'get pdb',
    'get pdb lonely -o wide',
    'get pdb lonely -o yaml',
    "get pdb half -o jsonpath='{.status.conditions[*].reason}'",
    'describe pdb lonely',
    'patch pdb half -p \'{"spec":{"maxUnavailable":2}}\'',
    'patch pdb half -p \'{"spec":{"minAvailable":2}}\'',
    'cordon node-a',
    'cordon node-a',
    'get node node-a',
    'get node node-a -o jsonpath={.spec.unschedulable}',
  ),
  ...bring(
    "wait --for=jsonpath='{.spec.taints[0].key}'=node.kubernetes.io/unschedulable node/node-a --timeout=30s",
  ),
  ...see(
    "get node node-a -o jsonpath='{.spec.taints[*].effect}'",
    'uncordon node-a',
    'uncordon node-a',
    'cordon node-x',
  ),
  { command: EVICT, input: EVICTION },
  { command: EVICT, input: EVICTION.replace('"lonely"', '"other"') },
  ...see(
    'drain node-a --pod-selector=app=lonely',
    'drain node-a --pod-selector=app=lonely --force',
    'drain node-a --pod-selector=app=lonely --force --delete-emptydir-data --dry-run=server --timeout=2s',
    'drain node-a --pod-selector=app=lonely --force --delete-emptydir-data --timeout=2s',
    'delete pdb lonely',
    'drain node-a --pod-selector=app=lonely --force --delete-emptydir-data',
    'get pod lonely',
  ),
  ...lonely,
  ...see(
    'drain node-a --pod-selector=app=lonely --force --delete-emptydir-data --disable-eviction',
    'drain node-x',
    'uncordon node-a',
    'taint node node-a dedicated=web:NoSchedule',
    'taint node node-a dedicated=web:NoSchedule',
    'taint node node-a dedicated=db:NoSchedule --overwrite',
    "get node node-a -o jsonpath='{.spec.taints[*].value}'",
    'taint node node-a dedicated=db:Sometimes',
    'taint node node-a dedicated-',
    'taint node node-a dedicated-',
    'delete pdb half',
  ),
];
