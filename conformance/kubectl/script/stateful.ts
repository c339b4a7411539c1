import { bring, type Step, see } from './step.js';

const rolledOut = bring('rollout status sts/shard --timeout=120s');

/** A StatefulSet: its pods in order, its history, what is refused, and whom it leaves behind. */
export const STATEFUL: readonly Step[] = [
  ...see('apply -f shard.yaml --dry-run=server', 'apply -f shard.yaml'),
  ...rolledOut,
  ...see(
    'rollout status sts/shard',
    'get statefulsets',
    'get sts shard -o wide',
    'get sts shard -o yaml',
    'get sts shard --subresource=scale',
    'get pods -l app=shard --show-labels',
    'get pod shard-0 -o yaml',
    'get controllerrevisions -l app=shard',
    'get controllerrevisions -l app=shard -o yaml',
    'get endpointslices -l app=shard -o yaml',
    'get all -l app=shard -o name',
    'describe sts shard',
    'rollout history sts/shard',
    'set env sts/shard STEP=two',
  ),
  ...rolledOut,
  ...see(
    'rollout history sts/shard',
    'rollout history sts/shard --revision=2',
    'rollout undo sts/shard --dry-run=server',
    'rollout undo sts/shard',
  ),
  ...rolledOut,
  ...see(
    'rollout history sts/shard',
    'rollout undo sts/shard --to-revision=9',
    'rollout pause sts/shard',
    'rollout restart sts/shard',
  ),
  ...rolledOut,
  ...see('scale sts shard --replicas=1'),
  ...bring('wait --for=delete pod/shard-1 --timeout=60s'),
  ...see(
    'get pods -l app=shard',
    'patch sts shard -p \'{"spec":{"serviceName":"other"}}\'',
    'patch sts shard -p \'{"spec":{"selector":{"matchLabels":{"app":"other"}}}}\'',
    'patch sts shard -p \'{"spec":{"updateStrategy":{"type":"Recreate"}}}\'',
    'create -f claims.yaml --dry-run=server -o yaml',
    'create -f bad-stateful-set.yaml',
    'create -f bad-revision.yaml',
    'delete sts shard --cascade=orphan',
    'get pods -l app=shard -o name',
    'get controllerrevisions -l app=shard -o jsonpath={.items[*].metadata.ownerReferences}',
    'apply -f shard.yaml',
  ),
  ...rolledOut,
  ...see('get pods -l app=shard', 'delete -f shard.yaml'),
  ...bring('wait --for=delete pod -l app=shard --timeout=60s'),
  ...see('get controllerrevisions -l app=shard'),
];
