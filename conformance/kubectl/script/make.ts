import { type Step, see } from './step.js';

/** The generators of kubectl, and names that the cluster makes up. */
export const MAKE: readonly Step[] = see(
  'create configmap bad_name --from-literal=a=b',
  'create configmap files --from-file=patch.json --dry-run=server -o yaml',
  'create secret docker-registry pull --docker-server=example.com --docker-username=u --docker-password=p --dry-run=server -o jsonpath={.type}',
  'create secret tls pair --cert=nothing.pem --key=nothing.pem',
  'create service loadbalancer front --tcp=80:8088 --dry-run=server',
  'create service clusterip none --clusterip=None --tcp=80 --dry-run=server -o name',
  'create service clusterip plain --tcp=80:8088',
  'create service nodeport low --tcp=80 --node-port=80',
  'create clusterrole metrics --verb=get --non-resource-url=/metrics --dry-run=server -o yaml',
  'create role bad --verb=get --resource=widgets',
  'create role named --verb=get --resource=pods --resource-name=web --dry-run=server -o yaml',
  'create rolebinding absent --clusterrole=view --user=someone --dry-run=server -o yaml',
  'create deployment bad --image=fairlead/echo --replicas=-1',
  'create -f slice.yaml -o name',
  'create -f generate.yaml -o jsonpath={.metadata.generateName}',
  'apply -f generate.yaml',
  'create namespace default',
  'create serviceaccount caller',
  'expose deployment web --name=exposed --port=80 --target-port=8088',
  'get svc exposed -o wide',
  'run quick --image=fairlead/echo --dry-run=server',
  'run quick --image=fairlead/echo --dry-run=client -o yaml',
);
