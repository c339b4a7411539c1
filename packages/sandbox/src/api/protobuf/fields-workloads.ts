/**
 * The messages of the workloads beside Deployments: one message a paragraph, as Kubernetes' public API numbers them
 * (k8s.io/api v0.36). messages.ts says how to read it.
 */
export const WORKLOAD_MESSAGES = `
StatefulSet metadata=1:ObjectMeta! spec=2:StatefulSetSpec! status=3:StatefulSetStatus!
StatefulSetSpec replicas=1:int! selector=2:LabelSelector+ template=3:PodTemplateSpec!+
  volumeClaimTemplates=4*PersistentVolumeClaim serviceName=5:str! podManagementPolicy=6:str
  updateStrategy=7:StatefulSetUpdateStrategy! revisionHistoryLimit=8:int! minReadySeconds=9:int
  persistentVolumeClaimRetentionPolicy=10:StatefulSetPersistentVolumeClaimRetentionPolicy
  ordinals=11:StatefulSetOrdinals
StatefulSetStatus observedGeneration=1:long replicas=2:int+ readyReplicas=3:int currentReplicas=4:int
  updatedReplicas=5:int currentRevision=6:str updateRevision=7:str collisionCount=9:int!
  conditions=10*StatefulSetCondition@type availableReplicas=11:int!
StatefulSetCondition type=1:str+ status=2:str+ lastTransitionTime=3:time reason=4:str message=5:str
StatefulSetOrdinals start=1:int!
StatefulSetPersistentVolumeClaimRetentionPolicy whenDeleted=1:str whenScaled=2:str
StatefulSetUpdateStrategy type=1:str rollingUpdate=2:RollingUpdateStatefulSetStrategy
RollingUpdateStatefulSetStrategy partition=1:int! maxUnavailable=2:ios
PersistentVolumeClaim metadata=1:ObjectMeta! spec=2:PersistentVolumeClaimSpec!
  status=3:PersistentVolumeClaimStatus!
PersistentVolumeClaimStatus phase=1:str accessModes=2*str capacity=3%qty
  conditions=4*PersistentVolumeClaimCondition@type allocatedResources=5%qty allocatedResourceStatuses=7%str
  currentVolumeAttributesClassName=8:str! modifyVolumeStatus=9:ModifyVolumeStatus
PersistentVolumeClaimCondition type=1:str+ status=2:str+ lastProbeTime=3:time lastTransitionTime=4:time
  reason=5:str message=6:str
ModifyVolumeStatus targetVolumeAttributesClassName=1:str status=2:str+
DaemonSet metadata=1:ObjectMeta! spec=2:DaemonSetSpec! status=3:DaemonSetStatus!
DaemonSetSpec selector=1:LabelSelector+ template=2:PodTemplateSpec!+ updateStrategy=3:DaemonSetUpdateStrategy!
  minReadySeconds=4:int revisionHistoryLimit=6:int!
DaemonSetStatus currentNumberScheduled=1:int+ numberMisscheduled=2:int+ desiredNumberScheduled=3:int+
  numberReady=4:int+ observedGeneration=5:long updatedNumberScheduled=6:int numberAvailable=7:int
  numberUnavailable=8:int collisionCount=9:int! conditions=10*DaemonSetCondition@type
DaemonSetCondition type=1:str+ status=2:str+ lastTransitionTime=3:time reason=4:str message=5:str
DaemonSetUpdateStrategy type=1:str rollingUpdate=2:RollingUpdateDaemonSet
RollingUpdateDaemonSet maxUnavailable=1:ios maxSurge=2:ios
Job metadata=1:ObjectMeta! spec=2:JobSpec! status=3:JobStatus!
JobSpec parallelism=1:int! completions=2:int! activeDeadlineSeconds=3:long! podFailurePolicy=11:PodFailurePolicy
  successPolicy=16:SuccessPolicy backoffLimit=7:int! backoffLimitPerIndex=12:int! maxFailedIndexes=13:int!
  selector=4:LabelSelector manualSelector=5:bool! template=6:PodTemplateSpec!+ ttlSecondsAfterFinished=8:int!
  completionMode=9:str! suspend=10:bool! podReplacementPolicy=14:str! managedBy=15:str!
JobStatus conditions=1*JobCondition@type startTime=2:time completionTime=3:time active=4:int succeeded=5:int
  failed=6:int terminating=11:int! completedIndexes=7:str failedIndexes=10:str!
  uncountedTerminatedPods=8:UncountedTerminatedPods ready=9:int!
JobCondition type=1:str+ status=2:str+ lastProbeTime=3:time lastTransitionTime=4:time reason=5:str message=6:str
UncountedTerminatedPods succeeded=1*str failed=2*str
PodFailurePolicy rules=1*PodFailurePolicyRule
PodFailurePolicyRule action=1:str+ onExitCodes=2:PodFailurePolicyOnExitCodesRequirement
  onPodConditions=3*PodFailurePolicyOnPodConditionsPattern
PodFailurePolicyOnExitCodesRequirement containerName=1:str! operator=2:str+ values=3*int
PodFailurePolicyOnPodConditionsPattern type=1:str+ status=2:str!
SuccessPolicy rules=1*SuccessPolicyRule
SuccessPolicyRule succeededIndexes=1:str! succeededCount=2:int!
CronJob metadata=1:ObjectMeta! spec=2:CronJobSpec! status=3:CronJobStatus!
CronJobSpec schedule=1:str+ timeZone=8:str! startingDeadlineSeconds=2:long! concurrencyPolicy=3:str
  suspend=4:bool! jobTemplate=5:JobTemplateSpec!+ successfulJobsHistoryLimit=6:int! failedJobsHistoryLimit=7:int!
CronJobStatus active=1*ObjectReference lastScheduleTime=4:time lastSuccessfulTime=5:time
JobTemplateSpec metadata=1:ObjectMeta! spec=2:JobSpec!
ControllerRevision metadata=1:ObjectMeta! data=2:raw revision=3:long+
`;
