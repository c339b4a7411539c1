/** What the fields mean that users look up with `kubectl explain`: a line for each message or `message.field`. */
const TEXT = `
Pod: One or more containers that share addresses and volumes and run together on one node.
Pod.spec: What runs in the pod.
Pod.status: How the pod is doing, as its node reports it.
PodSpec: What a pod runs and how it is placed.
PodSpec.containers: The processes of the pod; at least one.
PodSpec.initContainers: Run one after the other, each to its end, before the containers start.
PodSpec.ephemeralContainers: Containers added to a running pod to look into it.
PodSpec.restartPolicy: When containers are started again: Always (default), OnFailure or Never.
PodSpec.terminationGracePeriodSeconds: Seconds between SIGTERM and SIGKILL when the pod is deleted. Default 30.
PodSpec.activeDeadlineSeconds: Seconds after which the pod is ended, counted from its start on the node.
PodSpec.nodeSelector: Labels that a node must have to run the pod.
PodSpec.nodeName: The node that the pod is bound to; the scheduler sets it.
PodSpec.serviceAccountName: The ServiceAccount that the pod's processes act as. Default: default.
PodSpec.automountServiceAccountToken: Whether a token of the account is mounted into the containers. Default true.
PodSpec.hostname: The pod's host name. With a subdomain that is a headless Service it resolves in DNS.
PodSpec.subdomain: The headless Service under whose name the pod's host name resolves.
PodSpec.tolerations: Taints of nodes that the pod puts up with.
PodSpec.affinity: Rules that draw the pod to nodes or to other pods, or keep it from them.
PodSpec.volumes: Volumes that containers can mount.
PodSpec.readinessGates: Further conditions that must be True before the pod is ready.
PodSpec.hostNetwork: Whether the pod has the addresses of its node.
PodSpec.priorityClassName: The class of the pod's importance.
PodStatus: How a pod is doing.
PodStatus.phase: Pending, Running, Succeeded, Failed or Unknown.
PodStatus.conditions: PodScheduled, Initialized, ContainersReady, Ready and those of readiness gates.
PodStatus.podIP: The pod's first address.
PodStatus.podIPs: All addresses of the pod, at most one of each family.
PodStatus.hostIP: The address of the pod's node.
PodStatus.containerStatuses: One entry for each container.
PodStatus.qosClass: Guaranteed, Burstable or BestEffort, from requests and limits.
PodStatus.startTime: When the node took the pod.
Container: One process of a pod.
Container.name: The name of the container, unique in its pod.
Container.image: What is run.
Container.command: Replaces the program that the image starts.
Container.args: The arguments of the program.
Container.env: Environment variables.
Container.envFrom: ConfigMaps and Secrets whose keys become environment variables.
Container.ports: The ports that the container listens on, with names that Services can refer to.
Container.resources: Requests, by which the pod is placed, and limits.
Container.livenessProbe: When it fails, the container is started again.
Container.readinessProbe: Only while it succeeds does the pod get calls.
Container.startupProbe: Until it succeeds, the other two probes wait.
Container.lifecycle: Hooks after the start and before the end.
Container.volumeMounts: Where volumes appear in the container.
Container.imagePullPolicy: Always, IfNotPresent or Never.
Container.terminationMessagePath: A file whose text is shown as the reason of the container's end.
ContainerPort: A port that a container listens on.
ContainerPort.containerPort: The number of the port, 1 to 65535.
ContainerPort.name: A name for the port, unique in the pod; Services can name it in targetPort.
ContainerPort.protocol: TCP (default), UDP or SCTP.
EnvVar: An environment variable.
EnvVar.name: The name of the variable.
EnvVar.value: Its value; $(NAME) stands for the value of an earlier variable.
EnvVar.valueFrom: Where the value is taken from, instead of value.
Probe: A check that a node makes of a container again and again.
Probe.grpc: Asks grpc.health.v1.Health at this port.
Probe.httpGet: Succeeds with a status from 200 to 399.
Probe.tcpSocket: Succeeds when a connection is accepted.
Probe.exec: Succeeds when the command exits with 0.
Probe.initialDelaySeconds: Seconds between the start of the container and the first check. Default 0.
Probe.periodSeconds: Seconds between two checks. Default 10.
Probe.timeoutSeconds: Seconds after which a check has failed. Default 1.
Probe.successThreshold: How many checks in a row must succeed. Default 1.
Probe.failureThreshold: How many checks in a row must fail. Default 3.
ResourceRequirements.limits: What the container may use at most.
ResourceRequirements.requests: What must be free on a node for the container.
Service: A name and a virtual address for a set of pods.
Service.spec: Which pods are meant and at which ports they are reached.
Service.status: The addresses of a load balancer.
ServiceSpec: What a Service offers and to whom.
ServiceSpec.type: ClusterIP (default), NodePort, LoadBalancer or ExternalName.
ServiceSpec.selector: The labels of the pods behind the Service. Without it the EndpointSlices are somebody else's to write.
ServiceSpec.ports: The ports of the Service and the ports of the pods that they lead to.
ServiceSpec.clusterIP: The virtual address; None makes the Service headless, so that DNS has the pods' own addresses.
ServiceSpec.clusterIPs: The virtual addresses, at most one of each family; the first equals clusterIP.
ServiceSpec.externalName: The DNS name that a Service of type ExternalName is an alias of.
ServiceSpec.externalIPs: Further addresses of nodes at which the Service is reached.
ServiceSpec.sessionAffinity: ClientIP keeps each client at one pod; default None.
ServiceSpec.internalTrafficPolicy: Local: only pods of the caller's own node. Default Cluster.
ServiceSpec.externalTrafficPolicy: Local: calls from outside stay on the node they reach. Default Cluster.
ServiceSpec.publishNotReadyAddresses: Whether pods that are not ready count as ready, in DNS and in slices.
ServiceSpec.trafficDistribution: Which endpoints are preferred: PreferSameZone or PreferSameNode.
ServiceSpec.ipFamilies: IPv4, IPv6 or both, in the order of clusterIPs.
ServiceSpec.ipFamilyPolicy: SingleStack, PreferDualStack or RequireDualStack.
ServicePort: A port of a Service.
ServicePort.name: The name of the port; needed when there is more than one.
ServicePort.port: The port at the Service's address.
ServicePort.targetPort: The number or the name of the pods' port. Default: port.
ServicePort.protocol: TCP (default), UDP or SCTP.
ServicePort.appProtocol: What is spoken at the port, as a hint for proxies: kubernetes.io/h2c is gRPC without TLS.
ServicePort.nodePort: The port at every node, for types NodePort and LoadBalancer.
Deployment: Keeps a number of equal pods and replaces them step by step when their template changes.
Deployment.spec: What is wanted.
Deployment.status: What there is.
DeploymentSpec.replicas: How many pods. Default 1.
DeploymentSpec.selector: Which pods belong to it; it must match the labels of the template and cannot be changed.
DeploymentSpec.template: The pods.
DeploymentSpec.strategy: How pods are replaced by new ones.
DeploymentSpec.minReadySeconds: Seconds that a pod must have been ready to count as available. Default 0.
DeploymentSpec.revisionHistoryLimit: How many old ReplicaSets are kept to go back to. Default 10.
DeploymentSpec.paused: While true, changes of the template have no effect.
DeploymentSpec.progressDeadlineSeconds: Seconds without progress after which the rollout counts as failed. Default 600.
DeploymentStrategy.type: RollingUpdate (default) or Recreate.
DeploymentStrategy.rollingUpdate: How many pods may be too many or too few meanwhile.
RollingUpdateDeployment.maxSurge: How many pods more than replicas there may be, a number or a share. Default 25%.
RollingUpdateDeployment.maxUnavailable: How many pods fewer than replicas may be available, a number or a share. Default 25%.
DeploymentStatus.replicas: How many pods there are.
DeploymentStatus.readyReplicas: How many of them are ready.
DeploymentStatus.updatedReplicas: How many of them have the newest template.
DeploymentStatus.availableReplicas: How many of them have been ready for minReadySeconds.
DeploymentStatus.conditions: Available, Progressing and ReplicaFailure.
ReplicaSet: Keeps a number of equal pods. Deployments make them.
ReplicaSetSpec.replicas: How many pods. Default 1.
PodTemplateSpec: What the pods of a workload look like.
StatefulSet: Pods with names and host names of their own, made and replaced one after the other.
StatefulSetSpec.replicas: How many pods are wanted. Default 1.
StatefulSetSpec.serviceName: The headless Service under whose name the pods' host names resolve.
StatefulSetSpec.selector: The labels of its pods; it cannot change.
StatefulSetSpec.template: What its pods are made from.
StatefulSetSpec.podManagementPolicy: OrderedReady (default) waits for each pod before the next; Parallel does not.
StatefulSetSpec.updateStrategy: How pods of an old template are replaced.
StatefulSetUpdateStrategy.type: RollingUpdate (default), or OnDelete: by hand.
RollingUpdateStatefulSetStrategy.partition: Pods with a lower number stay as they are. Default 0.
StatefulSetSpec.ordinals: From which number the pods are counted.
StatefulSetSpec.minReadySeconds: Seconds for which a pod must be ready to count as available. Default 0.
StatefulSetSpec.revisionHistoryLimit: How many old templates are kept for a rollback. Default 10.
StatefulSetSpec.volumeClaimTemplates: Storage for each pod; this cluster gives each an emptyDir in its place.
StatefulSetStatus.currentRevision: The ControllerRevision that the pods are coming from.
StatefulSetStatus.updateRevision: The ControllerRevision that they are going to.
DaemonSet: A pod on every node that fits.
DaemonSetSpec.selector: The labels of its pods; it cannot change.
DaemonSetSpec.template: What its pods are made from; its nodeSelector and affinity choose the nodes.
DaemonSetSpec.updateStrategy: How pods of an old template are replaced.
DaemonSetUpdateStrategy.type: RollingUpdate (default), or OnDelete: by hand.
RollingUpdateDaemonSet.maxUnavailable: How many nodes, or what share of them, may be without a pod. Default 1.
RollingUpdateDaemonSet.maxSurge: How many nodes may have the old and the new pod for a while. Default 0.
DaemonSetStatus.desiredNumberScheduled: Nodes that should run the pod.
DaemonSetStatus.numberMisscheduled: Nodes that run the pod and should not.
Job: Pods that run to their end, until enough of them have succeeded.
JobSpec.completions: How many pods must succeed. Without it the first one suffices.
JobSpec.parallelism: How many pods run at the same time. Default 1.
JobSpec.completionMode: NonIndexed (default), or Indexed: each pod has an index, and each index must succeed once.
JobSpec.backoffLimit: How many pods may fail. Default 6.
JobSpec.activeDeadlineSeconds: Seconds after which the Job has failed.
JobSpec.ttlSecondsAfterFinished: Seconds after its end when the Job is deleted. Default: never.
JobSpec.suspend: Whether its pods wait. Default false.
JobSpec.template: What its pods are made from; its restartPolicy is Never or OnFailure.
JobStatus.conditions: SuccessCriteriaMet and Complete, FailureTarget and Failed, or Suspended.
JobStatus.completedIndexes: Indexes that have succeeded: 0,2-4.
CronJob: Jobs that are made at certain times.
CronJobSpec.schedule: When: minute, hour, day of the month, month, day of the week; or @hourly, @daily, ….
CronJobSpec.timeZone: In which time zone the schedule is read. Default UTC.
CronJobSpec.concurrencyPolicy: When a Job still runs: Allow (default), Forbid or Replace.
CronJobSpec.startingDeadlineSeconds: How late a Job may still be made.
CronJobSpec.suspend: Whether no Jobs are made. Default false.
CronJobSpec.jobTemplate: The Job that is made.
CronJobSpec.successfulJobsHistoryLimit: How many Jobs that succeeded are kept. Default 3.
CronJobSpec.failedJobsHistoryLimit: How many Jobs that failed are kept. Default 1.
ControllerRevision: A pod template that a StatefulSet or DaemonSet once had.
ControllerRevision.data: What brings the owner back to it.
ControllerRevision.revision: Its number; it grows with each rollout.
PodDisruptionBudget: How many of some pods must stay when pods are evicted, as by kubectl drain.
PodDisruptionBudgetSpec.minAvailable: How many pods, or what share of them, must be healthy after an eviction.
PodDisruptionBudgetSpec.maxUnavailable: How many pods, or what share of them, may be missing after an eviction.
PodDisruptionBudgetSpec.selector: The pods. An empty selector takes all of the namespace, none takes nothing.
PodDisruptionBudgetSpec.unhealthyPodEvictionPolicy: When unready pods may go: IfHealthyBudget (default) or AlwaysAllow.
PodDisruptionBudgetStatus.disruptionsAllowed: How many evictions are allowed now.
Endpoints: The addresses of a Service in the form that EndpointSlices have replaced. Deprecated since 1.33.
Endpoints.subsets: All addresses, together where they have the same ports.
EndpointSubset: Each of these addresses with each of these ports.
EndpointSubset.addresses: Those that are ready.
EndpointSubset.notReadyAddresses: Those that are not, because they start or fail their probe.
EndpointSubset.ports: The ports that all of these addresses have.
EndpointAddress: One address.
EndpointAddress.hostname: Its name in DNS below the Service.
EndpointAddress.ip: IPv4 or IPv6, neither link-local nor multicast.
EndpointAddress.nodeName: The node that it is on.
EndpointAddress.targetRef: The pod that has it.
EndpointPort_core: A port of a subset.
EndpointPort_core.appProtocol: What is spoken at the port.
EndpointPort_core.name: The name of the Service's port; needed where there are several.
EndpointPort_core.port: The number.
EndpointPort_core.protocol: TCP, UDP or SCTP.
EndpointSlice: Some of the endpoints of a Service. All slices with its label kubernetes.io/service-name make the whole.
EndpointSlice.addressType: IPv4, IPv6 or FQDN: what the addresses are. It cannot be changed.
EndpointSlice.endpoints: The endpoints, at most 1000.
EndpointSlice.ports: The ports that every endpoint of this slice has.
Endpoint: One pod, or whatever else answers, behind a Service.
Endpoint.addresses: Addresses of the endpoint; clients use the first one.
Endpoint.conditions: Whether it is ready, serving, terminating.
Endpoint.hostname: The endpoint's own name below the Service's in DNS.
Endpoint.nodeName: The node that it runs on.
Endpoint.zone: The zone of that node.
Endpoint.hints: Which zones and nodes should use it.
Endpoint.targetRef: The object that it stands for, a Pod as a rule.
EndpointConditions.ready: Whether it may get new calls; nil means true. Never true while terminating, unless the Service publishes addresses that are not ready.
EndpointConditions.serving: As ready, but whether or not it is terminating; nil means ready.
EndpointConditions.terminating: Whether its deletion has begun; nil means false.
EndpointHints.forZones: The zones whose clients should use it.
EndpointHints.forNodes: The nodes whose clients should use it.
EndpointPort: A port of a slice.
EndpointPort.name: The name of the Service's port, empty for an only one without a name.
EndpointPort.port: The number; nil means all ports.
EndpointPort.protocol: TCP, UDP or SCTP.
EndpointPort.appProtocol: What is spoken at the port.
Namespace: A scope for names.
Node: A machine that runs pods.
NodeSpec.unschedulable: Whether new pods are kept off.
NodeSpec.taints: What keeps off the pods that do not tolerate it.
NodeStatus.conditions: Ready and what presses on the node.
NodeStatus.capacity: What the node has.
NodeStatus.allocatable: What of it pods may request.
ConfigMap: Settings for pods, as keys and values.
ConfigMap.data: Values in UTF-8, at most 1 MiB in all.
ConfigMap.binaryData: Values of any bytes, in base64.
ConfigMap.immutable: Whether the data can no longer be changed.
Secret: Confidential settings for pods, as keys and values.
Secret.data: Values in base64, at most 1 MiB in all.
Secret.stringData: Values in plain text, which are stored in data.
Secret.type: What the Secret is for; some types demand certain keys.
ServiceAccount: An identity for processes in pods.
Lease: Who holds something until when: leaders of replicas, nodes that are alive.
LeaseSpec.holderIdentity: Who holds it.
LeaseSpec.leaseDurationSeconds: Seconds after renewTime at which others may take it.
Event: Something that happened to an object.
Role: What may be done in one namespace.
ClusterRole: What may be done in every namespace, or with objects of none.
RoleBinding: Who has the rights of a role in one namespace.
ClusterRoleBinding: Who has the rights of a ClusterRole everywhere.
PolicyRule.verbs: get, list, watch, create, update, patch, delete, deletecollection or *.
PolicyRule.apiGroups: The groups of the resources; an empty name is the core group.
PolicyRule.resources: Plural names; pods/log is a subresource; * is all.
PolicyRule.resourceNames: The only objects that are meant, by name.
ObjectMeta: What every object has: name, labels, version.
ObjectMeta.name: Unique among the objects of one kind in one namespace; it cannot be changed.
ObjectMeta.generateName: A prefix: the server makes up the rest of the name.
ObjectMeta.namespace: The namespace of the object.
ObjectMeta.labels: Keys and values that selectors match.
ObjectMeta.annotations: Keys and values that programs keep with the object.
ObjectMeta.uid: Unique in time and space; the server makes it.
ObjectMeta.resourceVersion: Changes with every write; sent back, it makes the write fail if there was another since.
ObjectMeta.generation: Counts the changes of what is wanted.
ObjectMeta.creationTimestamp: When the object was made.
ObjectMeta.deletionTimestamp: When the object is to be gone; set by the server once deletion has begun.
ObjectMeta.finalizers: Who must agree before the object goes.
ObjectMeta.ownerReferences: The objects with which this one goes.
ObjectMeta.managedFields: Who set which field, for server-side apply.
LabelSelector: Labels that objects must have; an empty selector matches all.
LabelSelector.matchLabels: Labels that must be equal.
LabelSelector.matchExpressions: Conditions that must all hold.
LabelSelectorRequirement.operator: In, NotIn, Exists or DoesNotExist.
`;

let texts: ReadonlyMap<string, string> | undefined;

/** What a message, or `message.field`, means; undefined when that goes without saying. */
export function descriptionOf(key: string): string | undefined {
  return allTexts().get(key);
}

/** What has a description. */
export function describedKeys(): readonly string[] {
  return [...allTexts().keys()];
}

function allTexts(): ReadonlyMap<string, string> {
  texts ??= new Map(TEXT.trim().split('\n').map(entryOf));
  return texts;
}

function entryOf(line: string): [key: string, text: string] {
  const at = line.indexOf(': ');
  return [line.slice(0, at), line.slice(at + 2)];
}
