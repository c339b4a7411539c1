/** One command of the script. */
export interface Step {
  /** What is typed after `kubectl`; single quotes hold words together. */
  readonly command: string;
  /** Standard input. */
  readonly input?: string;
  /** Only lines of the sandbox are looked for in the real output: a small cluster has less of everything. */
  readonly subset?: true;
  /** Ends by itself only when it is ended: after so many milliseconds without output. */
  readonly untilQuietMs?: number;
  /** Brings the cluster to a state that the next commands rely on; its own output is not compared. */
  readonly quiet?: true;
}

/** Files that commands name, by name. */
export const FILES: Readonly<Record<string, string>> = {
  'shop.yaml': `
apiVersion: v1
kind: ServiceAccount
metadata: {name: reader}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: words, labels: {app: web}}
data: {greeting: hello, colour: green}
---
apiVersion: v1
kind: Secret
metadata: {name: keys}
type: Opaque
stringData: {token: s3cret}
---
apiVersion: v1
kind: Service
metadata: {name: web, labels: {app: web}}
spec:
  selector: {app: web}
  ports: [{name: grpc, port: 8088, targetPort: grpc}]
---
apiVersion: v1
kind: Service
metadata: {name: headless}
spec:
  clusterIP: None
  selector: {app: web}
  ports: [{name: grpc, port: 8088}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 3
      containers:
        - name: echo
          image: fairlead/echo
          ports: [{name: grpc, containerPort: 8088}]
          env: [{name: COLOUR, valueFrom: {configMapKeyRef: {name: words, key: colour}}}]
          resources: {requests: {cpu: 10m, memory: 16Mi}}
          readinessProbe: {grpc: {port: 8088}, periodSeconds: 1}
`,
  'changed.yaml': `
apiVersion: v1
kind: ConfigMap
metadata: {name: words, labels: {app: web, tier: front}}
data: {greeting: good day, colour: green}
`,
  'pod.yaml': `
apiVersion: v1
kind: Pod
metadata: {name: once, labels: {app: once}}
spec:
  restartPolicy: Never
  terminationGracePeriodSeconds: 1
  containers:
    - name: shell
      image: fairlead/echo
      command: [sh, -c]
      args: ['echo one; echo two; echo three; exit 3']
`,
  'slice.yaml': `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: by-hand, labels: {kubernetes.io/service-name: by-hand}}
addressType: IPv4
ports: [{name: grpc, port: 8088, protocol: TCP}]
endpoints: [{addresses: [10.20.30.40], conditions: {ready: true}}, {addresses: [10.20.30.41], conditions: {ready: false}}]
`,
  'unknown-field.yaml': `
apiVersion: v1
kind: ConfigMap
metadata: {name: odd}
dta: {a: b}
`,
  'unknown-kind.yaml': `
apiVersion: example.com/v1
kind: Widget
metadata: {name: w}
`,
  'bad-pod.yaml': `
apiVersion: v1
kind: Pod
metadata: {name: Bad_Name}
spec: {containers: [{name: c, image: '', ports: [{containerPort: 70000}]}]}
`,
  'bad-deployment.yaml': `
apiVersion: apps/v1
kind: Deployment
metadata: {name: bad}
spec:
  selector: {matchLabels: {app: one}}
  template:
    metadata: {labels: {app: two}}
    spec: {containers: [{name: c, image: i}]}
`,
  'bad-service.yaml': `
apiVersion: v1
kind: Service
metadata: {name: bad}
spec: {type: NodePort, ports: [{port: 0}, {port: 80, nodePort: 80}]}
`,
  'not.yaml': 'a: [b\n',
  'patch.json': '[{"op": "replace", "path": "/data/greeting", "value": "patched"}]',
};

const see = (...commands: string[]): Step[] => commands.map((command) => ({ command }));
const bring = (...commands: string[]): Step[] => commands.map((command) => ({ command, quiet: true }));

const CLUSTER: readonly Step[] = [
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

const APPLY: readonly Step[] = [
  ...see(
    'apply -f shop.yaml --dry-run=client',
    'apply -f shop.yaml --dry-run=server',
    'apply -f shop.yaml',
    'apply -f shop.yaml',
  ),
  ...bring('rollout status deployment/web --timeout=60s'),
  ...bring('wait --for=condition=Ready pod -l app=web --timeout=60s'),
  ...see(
    'get deployments',
    'get deployment web -o wide',
    'get deploy/web -o yaml',
    'get replicasets',
    'get rs -o wide',
    'get pods',
    'get pods -o wide',
    'get pods -l app=web --show-labels',
    'get pods -l app=nothing',
    'get pods -l app=(web',
    'get pods -L app',
    'get pods --field-selector status.phase=Running -o name',
    'get pods --field-selector nonsense=1',
    'get pods -o custom-columns=NAME:.metadata.name,NODE:.spec.nodeName,QOS:.status.qosClass',
    "get pods -o jsonpath='{range .items[*]}{.status.phase} {.spec.containers[0].name}{end}'",
    "get pods -o go-template='{{len .items}}'",
    'get pods -A --no-headers',
    'get pods --sort-by=.spec.nodeName --no-headers',
    'get services',
    'get svc web -o yaml',
    'get svc headless -o wide',
    'get endpointslices -o wide',
    'get endpointslices -l kubernetes.io/service-name=web -o yaml',
    'get configmap words -o yaml',
    'get configmaps,secrets,serviceaccounts',
    'get secret keys -o jsonpath={.data.token}',
    'get all',
    'get all -o name',
    'get pod nothing',
    'get widgets',
    'get pods nothing else --ignore-not-found',
    'describe service web',
    'describe deployment web',
    'describe replicaset',
    'describe pod -l app=web',
    'describe secret keys',
    'describe serviceaccount reader',
    'describe endpointslice -l kubernetes.io/service-name=headless',
    'describe namespace shop',
    'describe node node-a',
    'describe pod nothing',
  ),
];

const CHANGE: readonly Step[] = [
  ...see(
    'apply -f changed.yaml',
    'get configmap words -o jsonpath={.data}',
    'label configmap words tier=back',
    'label configmap words tier=back --overwrite',
    'label configmap words tier-',
    'label configmap words -l app=web x=y --all',
    "annotate configmap words note='a note'",
    'annotate configmap words bad/key/x=1',
    'patch configmap words -p \'{"data":{"greeting":"hi"}}\'',
    'patch configmap words --type=merge -p \'{"data":{"greeting":null}}\'',
    'patch configmap words --type=json --patch-file patch.json',
    'patch configmap words --type=json -p \'[{"op":"test","path":"/data/x","value":1}]\'',
    'patch configmap words -p \'{"data":{"greeting":7}}\'',
    'patch service web -p \'{"spec":{"clusterIP":"10.1.2.3"}}\'',
    'patch deployment web -p \'{"spec":{"selector":{"matchLabels":{"app":"other"}}}}\'',
    "patch configmap nothing -p '{}'",
    'scale deployment web --replicas=3',
    'scale deployment web --replicas=4 --current-replicas=9',
    'scale deployment nothing --replicas=1',
    'scale deployment web --replicas=-1',
  ),
  ...bring('rollout status deployment/web --timeout=60s'),
  ...see('rollout restart deployment/web'),
  ...bring('rollout status deployment/web --timeout=90s'),
  ...see(
    'rollout status deployment/web',
    'rollout history deployment/web',
    'rollout status deployment/nothing',
    'wait --for=condition=Available deployment/web --timeout=60s',
    "wait --for=jsonpath='{.spec.replicas}'=3 deployment/web --timeout=5s",
    'wait --for=condition=Nonsense deployment/web --timeout=1s',
    'wait --for=delete pod/nothing --timeout=5s',
    'wait --for=condition=Ready pod/nothing --timeout=5s',
    'create configmap made --from-literal=a=b --from-literal=c=d',
    'create configmap made --from-literal=a=b',
    'create secret generic hidden --from-literal=a=b',
    'create serviceaccount caller',
    'create role watcher --verb=get,list,watch --resource=pods,endpointslices.discovery.k8s.io',
    'create rolebinding watcher --role=watcher --serviceaccount=shop:caller',
    'create clusterrole everywhere --verb=list --resource=nodes',
    'create clusterrolebinding everywhere --clusterrole=everywhere --serviceaccount=shop:caller',
    'create deployment small --image=fairlead/echo --replicas=1 --port=8088',
    'create service clusterip plain --tcp=80:8088',
    'create service nodeport outside --tcp=80:8088',
    'create service externalname alias --external-name=example.com',
    'create job tally --image=fairlead/echo --dry-run=client -o name',
    'get roles,rolebindings',
    'describe role watcher',
    'describe rolebinding watcher',
    'get svc outside alias',
    'describe svc alias',
    'auth can-i list pods --as=system:serviceaccount:shop:caller',
    'auth can-i delete pods --as=system:serviceaccount:shop:caller',
    'get pods --as=system:serviceaccount:shop:nobody',
    'create -f slice.yaml',
    'get endpointslice by-hand -o wide',
    'describe endpointslice by-hand',
  ),
];

const PODS: readonly Step[] = [
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

const DELETE: readonly Step[] = see(
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

/** The whole script, in order: each command relies on those before. */
export const SCRIPT: readonly Step[] = [...CLUSTER, ...APPLY, ...CHANGE, ...PODS, ...DELETE];
