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
  'patch.json': '[{"op": "replace", "path": "/data/greeting", "value": "patched"}]',
  'fewer-ports.yaml': `
apiVersion: v1
kind: Service
metadata: {name: many, labels: {a: one, b: two}, annotations: {note: first}}
spec: {selector: {app: web}, ports: [{name: a, port: 80, targetPort: 8088}]}
`,
  'more-ports.yaml': `
apiVersion: v1
kind: Service
metadata: {name: many, labels: {a: one}}
spec: {selector: {app: web}, ports: [{name: a, port: 80, targetPort: 8088}, {name: b, port: 81, protocol: UDP}]}
`,
  'other-ports.yaml': `
apiVersion: v1
kind: Service
metadata: {name: many, labels: {a: three}}
spec: {selector: {app: web, tier: back}, ports: [{name: c, port: 81}]}
`,
  'other-selector.yaml': `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: other}}
  template: {metadata: {labels: {app: other}}, spec: {containers: [{name: echo, image: fairlead/echo}]}}
`,
  'other-ip.yaml': `
apiVersion: v1
kind: Service
metadata: {name: many}
spec: {clusterIP: None, ports: [{name: c, port: 81}]}
`,
  'other-secret.yaml': `
apiVersion: v1
kind: Secret
metadata: {name: keys}
type: example.com/other
`,
  'immutable.yaml': `
apiVersion: v1
kind: ConfigMap
metadata: {name: fixed}
immutable: true
data: {a: b}
`,
  'immutable-changed.yaml': `
apiVersion: v1
kind: ConfigMap
metadata: {name: fixed}
immutable: true
data: {a: c}
`,
  'generate.yaml': `
apiVersion: v1
kind: ConfigMap
metadata: {generateName: made-}
`,
  'roles.yaml': `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reconciled}
rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reconciled}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reconciled}
subjects: [{kind: ServiceAccount, name: caller, namespace: shop}]
`,
};
