import { bring, type Step, see } from './step.js';

const TARGET = '{apiVersion: apps/v1, kind: Deployment, name: scaled}';
const CPU = '{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}';

const autoscaler = (name: string, spec: string, version = 'v2'): Step => ({
  command: 'create -f -',
  input: `apiVersion: autoscaling/${version}\nkind: HorizontalPodAutoscaler\nmetadata: {name: ${name}}\nspec: ${spec}\n`,
});

/** Autoscalers: what is filled in, shown and refused. A cluster without a metrics server scales by the limits alone. */
export const AUTOSCALE: readonly Step[] = [
  ...bring('create deployment scaled --image=fairlead/echo --replicas=1'),
  ...see(
    'autoscale deployment scaled --min=2 --max=4 --cpu-percent=60',
    'autoscale deployment scaled --min=2 --max=4 --cpu-percent=60',
    'autoscale deployment nothing --max=2',
    'autoscale deployment scaled --name=odd --min=5 --max=4',
    'autoscale deployment scaled --name=odd',
    'autoscale deployment scaled --name=dry --max=3 --dry-run=server -o name',
  ),
  ...bring("wait --for=jsonpath='{.spec.replicas}'=2 deployment/scaled --timeout=60s"),
  ...see(
    "get hpa scaled -o jsonpath='{.spec}'",
    "get events --field-selector reason=SuccessfulRescale -o jsonpath='{.items[0].message}'",
    'get --raw /apis/autoscaling/v1/namespaces/shop/horizontalpodautoscalers/nothing',
    'patch hpa scaled -p \'{"spec":{"maxReplicas":6}}\'',
    'patch hpa scaled -p \'{"spec":{"maxReplicas":1}}\'',
    'delete hpa scaled',
  ),
  autoscaler(
    'rules',
    `{scaleTargetRef: ${TARGET}, maxReplicas: 3, behavior: {scaleDown: {selectPolicy: Min}}}`,
  ),
  ...see("get hpa rules -o jsonpath='{.spec}'", 'delete hpa rules'),
  autoscaler('old', `{scaleTargetRef: ${TARGET}, maxReplicas: 3, targetCPUUtilizationPercentage: 70}`, 'v1'),
  ...see("get hpa old -o jsonpath='{.spec}'", 'delete hpa old'),
  autoscaler('odd', '{}'),
  autoscaler('odd', `{scaleTargetRef: ${TARGET}, maxReplicas: 0, minReplicas: 0}`),
  autoscaler('odd', `{scaleTargetRef: ${TARGET}, maxReplicas: 3, metrics: [{type: Nothing}]}`),
  autoscaler(
    'odd',
    `{scaleTargetRef: ${TARGET}, maxReplicas: 3, metrics: [{type: Resource}, {type: Pods, resource: {}}]}`,
  ),
  autoscaler(
    'odd',
    `{scaleTargetRef: ${TARGET}, maxReplicas: 3, metrics: [{type: Pods, pods: {metric: {}, target: {type: Value, averageValue: -1}}}]}`,
  ),
  autoscaler(
    'odd',
    `{scaleTargetRef: ${TARGET}, maxReplicas: 3, metrics: [${CPU}], behavior: {scaleUp: {stabilizationWindowSeconds: 3601, selectPolicy: Most, policies: [{type: Some, value: 0, periodSeconds: 1801}]}}}`,
  ),
  ...bring('delete deployment scaled --wait=false'),
];
