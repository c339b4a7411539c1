/** Manifests of pods with init containers and volumes, by name. */
export const POD_LIFE_FILES: Readonly<Record<string, string>> = {
  'life.yaml': `
apiVersion: v1
kind: ConfigMap
metadata: {name: tones}
data: {low: c, high: g}
---
apiVersion: v1
kind: Secret
metadata: {name: score}
stringData: {key: major}
---
apiVersion: v1
kind: Pod
metadata: {name: life, labels: {app: life}}
spec:
  terminationGracePeriodSeconds: 2
  volumes:
    - {name: tones, configMap: {name: tones, items: [{key: low, path: deep/low}], defaultMode: 0400}}
    - name: all
      projected:
        sources:
          - secret: {name: score}
          - configMap: {name: none, optional: true}
          - downwardAPI: {items: [{path: cpu, resourceFieldRef: {containerName: main, resource: limits.cpu, divisor: 1m}}]}
          - serviceAccountToken: {path: token, audience: choir}
    - {name: scratch, emptyDir: {}}
  initContainers:
    - {name: first, image: fairlead/echo, command: [sh, -c, 'echo prepared']}
    - name: beside
      image: fairlead/echo
      restartPolicy: Always
      command: [sh, -c, 'echo tuned; trap "exit 0" TERM; while true; do sleep 0.1; done']
      startupProbe: {exec: {command: ['true']}, periodSeconds: 1}
  containers:
    - name: main
      image: fairlead/echo
      command: [sh, -c, 'echo "$LOW $KEY $SCORE_key $CPU"; trap "exit 0" TERM; while true; do sleep 0.1; done']
      resources: {limits: {cpu: 250m, memory: 32Mi}}
      envFrom: [{prefix: SCORE_, secretRef: {name: score}}]
      env:
        - {name: LOW, valueFrom: {configMapKeyRef: {name: tones, key: low}}}
        - {name: KEY, valueFrom: {secretKeyRef: {name: score, key: key}}}
        - {name: CPU, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: 1m}}}
      volumeMounts:
        - {name: tones, mountPath: /tones}
        - {name: all, mountPath: /all, readOnly: true}
        - {name: scratch, mountPath: /scratch, subPath: a}
`,
  'stuck.yaml': `
apiVersion: v1
kind: Pod
metadata: {name: stuck}
spec:
  restartPolicy: Never
  terminationGracePeriodSeconds: 1
  initContainers: [{name: first, image: fairlead/echo, command: [sh, -c, 'echo no; exit 4']}]
  containers: [{name: main, image: fairlead/echo, command: [sh, -c, 'exit 0']}]
`,
  'unmounted.yaml': `
apiVersion: v1
kind: Pod
metadata: {name: unmounted}
spec:
  terminationGracePeriodSeconds: 1
  volumes: [{name: v, secret: {secretName: nowhere}}]
  containers: [{name: main, image: fairlead/echo, command: [sh, -c, 'exit 0'], volumeMounts: [{name: v, mountPath: /v}]}]
`,
  'bad-volumes.yaml': `
apiVersion: v1
kind: Pod
metadata: {name: bad}
spec:
  volumes:
    - {name: a, configMap: {name: m, defaultMode: 0666, items: [{key: k, path: ../x, mode: 01000}, {key: '', path: ..y}]}}
    - {name: b, secret: {secretName: s, defaultMode: 1000}}
    - {name: c, downwardAPI: {items: [{path: /x}, {path: y, fieldRef: {fieldPath: status.podIP}}, {path: z, resourceFieldRef: {resource: limits.cpu}}]}}
    - name: d
      projected:
        sources:
          - {secret: {name: s, items: [{key: k, path: p}]}}
          - {configMap: {name: m, items: [{key: k, path: p}]}}
          - {serviceAccountToken: {path: t, expirationSeconds: 60}}
    - {name: e, emptyDir: {}}
  containers:
    - name: c
      image: i
      volumeMounts:
        - {name: e, mountPath: /e, subPath: ../x}
        - {name: e, mountPath: /f, subPath: x, subPathExpr: y}
        - {name: a, mountPath: /a}
      envFrom: [{}, {configMapRef: {name: Bad_Name}}, {secretRef: {name: s}, configMapRef: {name: m}}]
      env:
        - {name: A, valueFrom: {resourceFieldRef: {resource: limits.pods}}}
        - {name: B, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: '2'}}}
        - {name: C, valueFrom: {fieldRef: {fieldPath: "metadata.labels['no good']"}}}
`,
  'bad-secret-types.yaml': `
apiVersion: v1
kind: Secret
metadata: {name: bad-basic}
type: kubernetes.io/basic-auth
---
apiVersion: v1
kind: Secret
metadata: {name: bad-docker}
type: kubernetes.io/dockerconfigjson
stringData: {.dockerconfigjson: '{'}
---
apiVersion: v1
kind: Secret
metadata: {name: bad-account}
type: kubernetes.io/service-account-token
---
apiVersion: v1
kind: Secret
metadata: {name: bad-key}
type: kubernetes.io/ssh-auth
stringData: {ssh-privatekey: ''}
`,
};
