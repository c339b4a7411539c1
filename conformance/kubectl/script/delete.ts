import { type Step, see } from './step.js';

/** Everything is deleted again. */
export const DELETE: readonly Step[] = see(
  'delete pod once',
  'delete pod once',
  'delete configmap -l app=web --dry-run=server',
  'delete configmap made typed',
  'delete endpointslice by-hand --wait=false',
  'delete deployment small --cascade=foreground',
  'delete deployment web --cascade=orphan',
  'get rs -o name',
  'delete rs,pods -l app=web --grace-period=0 --force',
  'delete -f shop.yaml --ignore-not-found',
  'delete clusterrole,clusterrolebinding everywhere',
  'delete namespace shop',
  'get namespace shop',
  'get all -n shop',
);
