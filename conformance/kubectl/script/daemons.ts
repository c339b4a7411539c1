import { bring, type Step, see } from './step.js';

const rolledOut = bring('rollout status ds/agent --timeout=120s');

/** A DaemonSet: a pod on each node, its history, and what is refused. */
export const DAEMONS: readonly Step[] = [
  ...see('apply -f agent.yaml --dry-run=server', 'apply -f agent.yaml'),
  ...rolledOut,
  ...see(
    'rollout status ds/agent',
    'get daemonsets',
    'get ds agent -o wide',
    'get ds agent -o yaml',
    'get pods -l app=agent --show-labels',
    "get pods -l app=agent -o jsonpath='{.items[0].spec.tolerations}'",
    "get pods -l app=agent -o jsonpath='{.items[0].spec.affinity}'",
    'get controllerrevisions -l app=agent',
    'get all -l app=agent -o name',
    'describe ds agent',
    'rollout history ds/agent',
    'set env ds/agent STEP=two',
  ),
  ...rolledOut,
  ...see(
    'get ds agent -o jsonpath={.metadata.annotations}',
    'rollout history ds/agent',
    'rollout undo ds/agent',
  ),
  ...rolledOut,
  ...see('rollout history ds/agent', 'rollout restart ds/agent'),
  ...rolledOut,
  ...see(
    'patch ds agent -p \'{"spec":{"selector":{"matchLabels":{"app":"other"}}}}\'',
    'patch ds agent -p \'{"spec":{"updateStrategy":{"type":"Recreate"}}}\'',
    'scale ds agent --replicas=1',
    'create -f bad-daemon-set.yaml',
    'patch ds agent -p \'{"spec":{"template":{"spec":{"nodeSelector":{"kubernetes.io/os":"plan9"}}}}}\'',
  ),
  ...bring('wait --for=delete pod -l app=agent --timeout=60s'),
  ...bring("wait --for=jsonpath='{.status.desiredNumberScheduled}'=0 ds/agent --timeout=60s"),
  ...see('get ds agent', 'delete ds agent', 'get controllerrevisions -l app=agent'),
];
