import { bring, type Step, see } from './step.js';

/** Pods with init containers, a sidecar and volumes; pods that cannot start; volumes that are refused. */
export const POD_LIFE: readonly Step[] = [
  ...see('apply -f life.yaml'),
  ...bring('wait --for=condition=Ready pod/life --timeout=60s'),
  ...see(
    'get pod life',
    'get pod life -o yaml',
    'describe pod life',
    'logs life',
    'logs life -c first',
    'logs life -c beside',
    'logs life -c nothing',
    'logs life -c first --prefix',
    'get --raw /api/v1/namespaces/shop/pods/life/log',
    "get pod life -o jsonpath='{.status.initContainerStatuses[*].ready} {.status.initContainerStatuses[*].started}'",
    'delete pod life --now',
    'apply -f stuck.yaml',
  ),
  ...bring("wait --for=jsonpath='{.status.phase}'=Failed pod/stuck --timeout=60s"),
  ...see(
    'get pod stuck',
    'describe pod stuck',
    'logs stuck',
    'logs stuck -c first',
    'apply -f unmounted.yaml',
  ),
  ...bring(
    "wait --for=jsonpath='{.status.containerStatuses[0].state.waiting.reason}'=ContainerCreating pod/unmounted",
  ),
  ...see(
    'get pod unmounted',
    'logs unmounted',
    'create secret generic nowhere --from-literal=a=b',
    "wait --for=jsonpath='{.status.containerStatuses[0].restartCount}'=1 pod/unmounted --timeout=60s",
    'delete pod stuck unmounted --now',
    'create -f bad-volumes.yaml',
    'create -f bad-secret-types.yaml',
    'delete secret nowhere',
    'delete configmap tones',
    'delete secret score',
  ),
];
