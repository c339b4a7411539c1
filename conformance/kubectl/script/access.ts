import { type Step, see } from './step.js';

/** Tokens, and what an account may and may not. */
export const ACCESS: readonly Step[] = [
  ...see(
    'create token caller',
    'create token caller --duration=1m',
    'create token nobody',
    'create token caller --bound-object-kind=Pod --bound-object-name=nothing',
    'auth can-i get pods --subresource=log',
    'auth can-i get /healthz',
    'auth can-i list pods --as=nobody -A',
    'auth can-i list widgets',
    'auth whoami --as=system:serviceaccount:shop:caller -o jsonpath={.status.userInfo.username}',
    'auth reconcile -f roles.yaml',
    'get nodes --as=system:serviceaccount:shop:caller -o name',
    'get endpointslices --as=system:serviceaccount:shop:caller -o name -l kubernetes.io/service-name=by-hand',
    'get secrets --as=system:serviceaccount:shop:caller',
    'delete configmap words --as=system:serviceaccount:shop:caller',
    'create configmap mine --as=system:serviceaccount:shop:caller',
    'get namespaces --as=system:serviceaccount:shop:caller',
    'get --raw /metrics --as=system:serviceaccount:shop:caller',
    'apply -f pod.yaml --as=system:serviceaccount:shop:caller',
  ),
  // The sandbox serves no keys of its tokens' issuer, so nothing of that is granted.
  { command: 'auth can-i --list --as=system:serviceaccount:shop:caller', subset: true },
];
