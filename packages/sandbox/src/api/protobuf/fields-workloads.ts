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
DaemonSet metadata=1:ObjectMeta! spec=2:DaemonSetSpec status=3:DaemonSetStatus
DaemonSetSpec selector=1:LabelSelector+ template=2:PodTemplateSpec+ updateStrategy=3:DaemonSetUpdateStrategy
  minReadySeconds=4:int revisionHistoryLimit=6:int!
DaemonSetStatus currentNumberScheduled=1:int+ numberMisscheduled=2:int+ desiredNumberScheduled=3:int+
  numberReady=4:int+ observedGeneration=5:long updatedNumberScheduled=6:int numberAvailable=7:int
  numberUnavailable=8:int collisionCount=9:int! conditions=10*DaemonSetCondition@type
DaemonSetCondition type=1:str+ status=2:str+ lastTransitionTime=3:time reason=4:str message=5:str
DaemonSetUpdateStrategy type=1:str rollingUpdate=2:RollingUpdateDaemonSet
RollingUpdateDaemonSet maxUnavailable=1:ios maxSurge=2:ios
ControllerRevision metadata=1:ObjectMeta! data=2:raw revision=3:long+
`;
