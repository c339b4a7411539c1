/**
 * The messages of metadata and of the named groups: one message a paragraph, as Kubernetes' public API numbers them
 * (k8s.io/api and k8s.io/apimachinery v0.36). messages.ts says how to read it.
 */
export const GROUP_MESSAGES = `
DeleteOptions gracePeriodSeconds=1:long! preconditions=2:Preconditions orphanDependents=3:bool!
  propagationPolicy=4:str! dryRun=5*str ignoreStoreReadErrorWithClusterBreakingPotential=6:bool!
ObjectMeta name=1:str generateName=2:str namespace=3:str selfLink=4:str uid=5:str resourceVersion=6:str
  generation=7:long creationTimestamp=8:time deletionTimestamp=9:time deletionGracePeriodSeconds=10:long!
  labels=11%str annotations=12%str ownerReferences=13*OwnerReference@uid finalizers=14*str@
  managedFields=17*ManagedFieldsEntry
Preconditions uid=1:str! resourceVersion=2:str!
OwnerReference~ apiVersion=5:str+ kind=1:str+ name=3:str+ uid=4:str+ controller=6:bool!
  blockOwnerDeletion=7:bool!
ManagedFieldsEntry manager=1:str operation=2:str apiVersion=3:str time=4:time fieldsType=6:str
  fieldsV1=7:raw subresource=8:str
Condition type=1:str+ status=2:str+ observedGeneration=3:long lastTransitionTime=4:time+ reason=5:str+
  message=6:str+
LabelSelector~ matchLabels=1%str matchExpressions=2*LabelSelectorRequirement
LabelSelectorRequirement key=1:str+ operator=2:str+ values=3*str
FieldSelectorRequirement key=1:str+ operator=2:str+ values=3*str
Deployment metadata=1:ObjectMeta! spec=2:DeploymentSpec! status=3:DeploymentStatus!
ReplicaSet metadata=1:ObjectMeta! spec=2:ReplicaSetSpec! status=3:ReplicaSetStatus!
DeploymentSpec replicas=1:int! selector=2:LabelSelector+ template=3:PodTemplateSpec!+
  strategy=4:DeploymentStrategy^! minReadySeconds=5:int revisionHistoryLimit=6:int! paused=7:bool
  progressDeadlineSeconds=9:int!
DeploymentStatus observedGeneration=1:long replicas=2:int updatedReplicas=3:int readyReplicas=7:int
  availableReplicas=4:int unavailableReplicas=5:int terminatingReplicas=9:int!
  conditions=6*DeploymentCondition@type collisionCount=8:int!
ReplicaSetSpec replicas=1:int! minReadySeconds=4:int selector=2:LabelSelector+ template=3:PodTemplateSpec!
ReplicaSetStatus replicas=1:int+ fullyLabeledReplicas=2:int readyReplicas=4:int availableReplicas=5:int
  terminatingReplicas=7:int! observedGeneration=3:long conditions=6*ReplicaSetCondition@type
DeploymentStrategy type=1:str rollingUpdate=2:RollingUpdateDeployment
DeploymentCondition type=1:str+ status=2:str+ lastUpdateTime=6:time lastTransitionTime=7:time reason=4:str
  message=5:str
ReplicaSetCondition type=1:str+ status=2:str+ lastTransitionTime=3:time reason=4:str message=5:str
RollingUpdateDeployment maxUnavailable=1:ios maxSurge=2:ios
EndpointSlice metadata=1:ObjectMeta! addressType=4:str+ endpoints=2*Endpoint ports=3*EndpointPort
Endpoint addresses=1*str#+ conditions=2:EndpointConditions! hostname=3:str! targetRef=4:ObjectReference
  deprecatedTopology=5%str nodeName=6:str! zone=7:str! hints=8:EndpointHints
EndpointPort~ name=1:str! protocol=2:str! port=3:int! appProtocol=4:str!
EndpointConditions ready=1:bool! serving=2:bool! terminating=3:bool!
EndpointHints forZones=1*ForZone forNodes=2*ForNode
ForZone name=1:str+
ForNode name=1:str+
Lease metadata=1:ObjectMeta! spec=2:LeaseSpec!
LeaseSpec holderIdentity=1:str! leaseDurationSeconds=2:int! acquireTime=3:micro renewTime=4:micro
  leaseTransitions=5:int! strategy=6:str! preferredHolder=7:str!
Role metadata=1:ObjectMeta! rules=2*PolicyRule
RoleBinding metadata=1:ObjectMeta! subjects=2*Subject roleRef=3:RoleRef!+
ClusterRole metadata=1:ObjectMeta! rules=2*PolicyRule aggregationRule=3:AggregationRule
ClusterRoleBinding metadata=1:ObjectMeta! subjects=2*Subject roleRef=3:RoleRef!+
PolicyRule verbs=1*str+ apiGroups=2*str resources=3*str resourceNames=4*str nonResourceURLs=5*str
Subject~ kind=1:str+ apiGroup=2:str name=3:str+ namespace=4:str
RoleRef~ apiGroup=1:str! kind=2:str+ name=3:str+
AggregationRule clusterRoleSelectors=1*LabelSelector
TokenReview metadata=1:ObjectMeta! spec=2:TokenReviewSpec!+ status=3:TokenReviewStatus!
TokenRequest metadata=1:ObjectMeta! spec=2:TokenRequestSpec! status=3:TokenRequestStatus!
SelfSubjectReview metadata=1:ObjectMeta! status=2:SelfSubjectReviewStatus!
TokenReviewSpec token=1:str+ audiences=2*str
TokenReviewStatus authenticated=1:bool user=2:UserInfo! audiences=4*str error=3:str
TokenRequestSpec audiences=1*str expirationSeconds=4:long! boundObjectRef=3:BoundObjectReference
TokenRequestStatus token=1:str! expirationTimestamp=2:time
SelfSubjectReviewStatus userInfo=1:UserInfo!
UserInfo username=1:str uid=2:str groups=3*str extra=4%extra
BoundObjectReference kind=1:str apiVersion=2:str name=3:str uid=4:str
SelfSubjectAccessReview metadata=1:ObjectMeta! spec=2:SelfSubjectAccessReviewSpec!+
  status=3:SubjectAccessReviewStatus!
SelfSubjectRulesReview metadata=1:ObjectMeta! spec=2:SelfSubjectRulesReviewSpec!+
  status=3:SubjectRulesReviewStatus!
SubjectAccessReview metadata=1:ObjectMeta! spec=2:SubjectAccessReviewSpec!+
  status=3:SubjectAccessReviewStatus!
SelfSubjectAccessReviewSpec resourceAttributes=1:ResourceAttributes
  nonResourceAttributes=2:NonResourceAttributes
SubjectAccessReviewStatus allowed=1:bool+ denied=4:bool reason=2:str evaluationError=3:str
SelfSubjectRulesReviewSpec namespace=1:str
SubjectRulesReviewStatus resourceRules=1*ResourceRule+ nonResourceRules=2*NonResourceRule+ incomplete=3:bool+
  evaluationError=4:str
SubjectAccessReviewSpec resourceAttributes=1:ResourceAttributes
  nonResourceAttributes=2:NonResourceAttributes user=3:str groups=4*str extra=5%extra uid=6:str
ResourceAttributes namespace=1:str verb=2:str group=3:str version=4:str resource=5:str subresource=6:str
  name=7:str fieldSelector=8:FieldSelectorAttributes labelSelector=9:LabelSelectorAttributes
NonResourceAttributes path=1:str verb=2:str
ResourceRule verbs=1*str+ apiGroups=2*str resources=3*str resourceNames=4*str
NonResourceRule verbs=1*str+ nonResourceURLs=2*str
FieldSelectorAttributes rawSelector=1:str requirements=2*FieldSelectorRequirement
LabelSelectorAttributes rawSelector=1:str requirements=2*LabelSelectorRequirement
Scale metadata=1:ObjectMeta! spec=2:ScaleSpec! status=3:ScaleStatus!
ScaleSpec replicas=1:int
ScaleStatus replicas=1:int+ selector=2:str
Eviction metadata=1:ObjectMeta! deleteOptions=2:DeleteOptions
`;
