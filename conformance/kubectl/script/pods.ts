import { bring, type Step, see } from './step.js';

/** A pod that ends, its logs, watches, and manifests that are refused. */
export const PODS: readonly Step[] = [
  ...see('apply -f pod.yaml'),
  ...bring("wait --for=jsonpath='{.status.phase}'=Failed pod/once --timeout=60s"),
  ...see(
    'get pod once',
    'logs once',
    'logs once --tail=1',
    'logs once -c shell',
    'logs once -c nothing',
    'logs once --previous',
    'logs nothing',
    'logs -l app=once --prefix',
    'logs -f once',
    'describe pod once',
    "get events --field-selector involvedObject.name=once,reason=Scheduled -o jsonpath='{.items[*].type}'",
  ),
  { command: 'get pods --watch --no-headers -l app=once', untilQuietMs: 1500 },
  { command: 'get pods --watch-only -l app=once', untilQuietMs: 1500 },
  ...see(
    'create -f bad-pod.yaml',
    'create -f bad-deployment.yaml',
    'create -f bad-service.yaml',
    'create -f unknown-field.yaml',
    'create -f unknown-field.yaml --validate=warn',
    'create -f unknown-kind.yaml',
    'create -f not.yaml',
    'create -f missing.yaml',
    'apply -f pod.yaml -n nowhere',
    'apply -f shop.yaml --context=nothing',
  ),
  { command: 'apply -f -', input: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: typed}\n' },
  {
    command: 'replace -f -',
    input: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: typed}\ndata: {a: b}\n',
  },
  // Of several keys kubectl shows one or another first.
  { command: 'describe configmap typed' },
  {
    command: 'replace -f -',
    input: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: typed, resourceVersion: "1"}\ndata: {a: c}\n',
  },
];
