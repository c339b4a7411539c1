/** Files that are refused, by name. */
export const BAD_FILES: Readonly<Record<string, string>> = {
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
  'two-bad.yaml': `
apiVersion: v1
kind: ConfigMap
metadata: {name: ok-one}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: Not_Ok, labels: {'bad key': x, ok: 'bad value!'}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: elsewhere}
`,
  'bad-slice.yaml': `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: bad}
addressType: IPv4
ports: [{name: A_B, port: 0, protocol: XYZ}, {name: x, port: 1}, {name: x, port: 2}]
endpoints: [{addresses: []}, {addresses: [169.254.1.1]}, {addresses: ['fd00::1']}, {addresses: [10.0.0.1], hostname: A_B}]
`,
  'bad-role.yaml': `
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: bad}
roleRef: {apiGroup: x, kind: Nothing, name: ''}
subjects: [{kind: ServiceAccount, name: caller}, {kind: Robot, name: x}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: bad}
rules: [{apiGroups: [''], resources: [pods]}, {nonResourceURLs: [/x], verbs: [get]}]
`,
  'bad-account.yaml': `
apiVersion: v1
kind: Pod
metadata: {name: bad}
spec: {serviceAccountName: nobody, containers: [{name: c, image: fairlead/echo}]}
`,
  'bad-probe.yaml': `
apiVersion: v1
kind: Pod
metadata: {name: bad}
spec:
  restartPolicy: Sometimes
  dnsPolicy: Never
  terminationGracePeriodSeconds: -1
  containers:
    - name: c
      image: fairlead/echo
      imagePullPolicy: Perhaps
      readinessProbe: {periodSeconds: -1}
      livenessProbe: {httpGet: {port: 0}, tcpSocket: {port: 1}, successThreshold: 2}
    - {name: c, image: ' '}
`,
  'bad-volume.yaml': `
apiVersion: v1
kind: Pod
metadata: {name: bad}
spec:
  volumes: [{name: a}, {name: a, emptyDir: {}}, {name: B_C, emptyDir: {}, configMap: {name: x}}]
  containers: [{name: c, image: i, volumeMounts: [{name: z, mountPath: ''}, {name: a, mountPath: /x}, {name: a, mountPath: /x}]}]
`,
  'bad-env.yaml': `
apiVersion: v1
kind: Pod
metadata: {name: bad}
spec:
  containers:
    - name: c
      image: i
      env: [{name: ''}, {name: A, value: b, valueFrom: {fieldRef: {fieldPath: spec.nothing}}}, {name: 'a=b'}]
      resources: {requests: {cpu: 2}, limits: {cpu: 1}}
      ports: [{name: toolongportname-x, containerPort: 1}, {name: a, containerPort: 2, hostPort: 3}]
`,
  'no-kind.yaml': 'metadata: {name: x}\n',
  'twice.yaml': `
apiVersion: v1
kind: ConfigMap
metadata: {name: twice}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: twice}
`,
  'old-version.yaml': `
apiVersion: apps/v1beta1
kind: Deployment
metadata: {name: x}
`,
  'nested-unknown.yaml': `
apiVersion: apps/v1
kind: Deployment
metadata: {name: x, lables: {a: b}}
spec:
  replcas: 2
  selector: {matchLabels: {app: x}}
  template: {metadata: {labels: {app: x}}, spec: {containers: [{name: c, image: i, prots: []}]}}
`,
  'duplicate-field.yaml': `
apiVersion: v1
kind: ConfigMap
metadata: {name: x}
data: {a: b}
data: {a: c}
`,
  'wrong-type.yaml': `
apiVersion: v1
kind: Service
metadata: {name: x}
spec: {ports: 80}
`,
};
