/** Files of the workloads beside Deployments, by name. */
export const WORKLOAD_FILES: Readonly<Record<string, string>> = {
  'shard.yaml': `
apiVersion: v1
kind: Service
metadata: {name: shard, labels: {app: shard}}
spec:
  clusterIP: None
  selector: {app: shard}
  ports: [{name: grpc, port: 8088}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: shard, labels: {app: shard}}
spec:
  replicas: 2
  serviceName: shard
  selector: {matchLabels: {app: shard}}
  template:
    metadata: {labels: {app: shard}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: echo
          image: fairlead/echo
          ports: [{name: grpc, containerPort: 8088}]
          readinessProbe: {grpc: {port: 8088}, periodSeconds: 1}
`,
  'claims.yaml': `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: claims}
spec:
  serviceName: claims
  updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 2, maxUnavailable: 2}}
  selector: {matchLabels: {app: claims}}
  template:
    metadata: {labels: {app: claims}}
    spec: {containers: [{name: c, image: i, volumeMounts: [{name: data, mountPath: /data}]}]}
  volumeClaimTemplates:
    - metadata: {name: data}
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
`,
  'bad-stateful-set.yaml': `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: bad}
spec:
  replicas: -1
  serviceName: A_B
  podManagementPolicy: Chaos
  ordinals: {start: -1}
  updateStrategy: {type: OnDelete, rollingUpdate: {partition: 1}}
  persistentVolumeClaimRetentionPolicy: {whenScaled: Keep}
  selector: {matchLabels: {app: one}}
  template:
    metadata: {labels: {app: two}}
    spec: {restartPolicy: Never, activeDeadlineSeconds: 5, containers: [{name: c, image: i}]}
  volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [Sometimes]}}]
`,
  'agent.yaml': `
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, labels: {app: agent}}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      terminationGracePeriodSeconds: 1
      nodeSelector: {kubernetes.io/os: linux}
      containers:
        - name: echo
          image: fairlead/echo
          ports: [{name: grpc, containerPort: 8088}]
          readinessProbe: {grpc: {port: 8088}, periodSeconds: 1}
`,
  'bad-daemon-set.yaml': `
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: bad}
spec:
  minReadySeconds: -1
  revisionHistoryLimit: -1
  updateStrategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 200%}}
  selector: {matchLabels: {app: one}}
  template:
    metadata: {labels: {app: two}}
    spec:
      restartPolicy: Never
      activeDeadlineSeconds: 5
      containers: [{name: c, image: i}]
      affinity:
        nodeAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            nodeSelectorTerms:
              - matchExpressions: [{key: a, operator: In}, {key: b, operator: Near, values: [x]}, {key: 'c c', operator: Gt, values: ['1']}]
                matchFields: [{key: metadata.uid, operator: In, values: [x]}]
          preferredDuringSchedulingIgnoredDuringExecution: [{weight: 0, preference: {}}]
`,
  'tally.yaml': `
apiVersion: batch/v1
kind: Job
metadata: {name: tally}
spec:
  completions: 3
  parallelism: 3
  completionMode: Indexed
  template:
    spec:
      restartPolicy: Never
      containers:
        - {name: shell, image: fairlead/echo, command: [sh, -c], args: ['echo index $JOB_COMPLETION_INDEX']}
---
apiVersion: batch/v1
kind: Job
metadata: {name: hopeless, labels: {app: hopeless}}
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers: [{name: shell, image: fairlead/echo, command: [sh, -c], args: ['exit 3']}]
`,
  'patient.yaml': `
apiVersion: batch/v1
kind: Job
metadata: {name: patient}
spec:
  suspend: true
  activeDeadlineSeconds: 1
  template:
    spec:
      restartPolicy: Never
      terminationGracePeriodSeconds: 1
      containers: [{name: shell, image: fairlead/echo, command: [sh, -c], args: ['sleep 1000']}]
`,
  'nightly.yaml': `
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec:
  schedule: '0 0 1 1 *'
  timeZone: Europe/Berlin
  concurrencyPolicy: Forbid
  jobTemplate:
    metadata: {annotations: {note: night}}
    spec:
      template:
        spec:
          restartPolicy: OnFailure
          containers: [{name: shell, image: fairlead/echo, command: [sh, -c], args: ['echo night']}]
`,
  'bad-job.yaml': `
apiVersion: batch/v1
kind: Job
metadata: {name: bad}
spec:
  parallelism: -1
  completions: -1
  backoffLimit: -1
  activeDeadlineSeconds: -1
  ttlSecondsAfterFinished: -1
  completionMode: Sideways
  podReplacementPolicy: Never
  template: {spec: {containers: [{name: c, image: i}]}}
`,
  'bad-cron-job.yaml': `
apiVersion: batch/v1
kind: CronJob
metadata: {name: bad}
spec:
  schedule: 'TZ=UTC 0 0 * * *'
  timeZone: ''
  startingDeadlineSeconds: -1
  concurrencyPolicy: Sometimes
  successfulJobsHistoryLimit: -1
  failedJobsHistoryLimit: -1
  jobTemplate: {spec: {manualSelector: true, template: {spec: {restartPolicy: Always, containers: [{name: c, image: i}]}}}}
`,
  'bad-revision.yaml': `
apiVersion: apps/v1
kind: ControllerRevision
metadata: {name: bad}
revision: -1
data: 7
`,
};
