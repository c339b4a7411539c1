import { type Step, see } from './step.js';

/** What the cluster says of itself and of who asks. */
export const CLUSTER: readonly Step[] = [
  { command: 'api-resources', subset: true },
  { command: 'api-resources --namespaced=true --verbs=list,get -o name', subset: true },
  { command: 'api-versions', subset: true },
  ...see(
    'version',
    'get --raw /healthz',
    'get --raw /readyz',
    'get --raw /nothing/here',
    'get nodes',
    'get nodes -o name',
    'get node node-a -o jsonpath={.metadata.labels}',
    'get node nobody',
    'auth whoami',
    'auth can-i create pods',
    'auth can-i --list -n default',
    'get namespaces default -o yaml',
    'create namespace shop',
    'create namespace shop',
    'create namespace Shop',
    'config set-context --current --namespace=shop',
  ),
];
