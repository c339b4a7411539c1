/**
 * The messages of the core group: one message a paragraph, as Kubernetes' public API numbers them
 * (k8s.io/api and k8s.io/apimachinery v0.36). messages.ts says how to read it.
 */
export const CORE_MESSAGES = `
Pod metadata=1:ObjectMeta! spec=2:PodSpec! status=3:PodStatus!
Service metadata=1:ObjectMeta! spec=2:ServiceSpec! status=3:ServiceStatus!
Endpoints metadata=1:ObjectMeta! subsets=2*EndpointSubset
EndpointSubset addresses=1*EndpointAddress notReadyAddresses=2*EndpointAddress ports=3*EndpointPort_core
EndpointAddress~ ip=1:str+ hostname=3:str nodeName=4:str! targetRef=2:ObjectReference
EndpointPort_core~ name=1:str port=2:int+ protocol=3:str appProtocol=4:str!
Namespace metadata=1:ObjectMeta! spec=2:NamespaceSpec! status=3:NamespaceStatus!
ServiceAccount metadata=1:ObjectMeta! secrets=2*ObjectReference@name imagePullSecrets=3*LocalObjectReference
  automountServiceAccountToken=4:bool!
ConfigMap metadata=1:ObjectMeta! immutable=4:bool! data=2%str binaryData=3%bytes
Secret metadata=1:ObjectMeta! immutable=5:bool! data=2%bytes stringData=4%str type=3:str
Node metadata=1:ObjectMeta! spec=2:NodeSpec! status=3:NodeStatus!
Event metadata=1:ObjectMeta!+ involvedObject=2:ObjectReference!+ reason=3:str message=4:str
  source=5:EventSource! firstTimestamp=6:time lastTimestamp=7:time count=8:int type=9:str eventTime=10:micro
  series=11:EventSeries
  action=12:str related=13:ObjectReference reportingComponent=14:str! reportingInstance=15:str!
Binding metadata=1:ObjectMeta! target=2:ObjectReference!+
PodSpec volumes=1*Volume@name^ initContainers=20*Container@name containers=2*Container@name+
  ephemeralContainers=34*EphemeralContainer@name restartPolicy=3:str terminationGracePeriodSeconds=4:long!
  activeDeadlineSeconds=5:long! dnsPolicy=6:str nodeSelector=7%str~ serviceAccountName=8:str
  serviceAccount=9:str automountServiceAccountToken=21:bool! nodeName=10:str hostNetwork=11:bool
  hostPID=12:bool hostIPC=13:bool shareProcessNamespace=27:bool! securityContext=14:PodSecurityContext
  imagePullSecrets=15*LocalObjectReference@name hostname=16:str subdomain=17:str affinity=18:Affinity
  schedulerName=19:str tolerations=22*Toleration hostAliases=23*HostAlias@ip priorityClassName=24:str
  priority=25:int! dnsConfig=26:PodDNSConfig readinessGates=28*PodReadinessGate runtimeClassName=29:str!
  enableServiceLinks=30:bool! preemptionPolicy=31:str! overhead=32%qty
  topologySpreadConstraints=33*TopologySpreadConstraint@topologyKey,whenUnsatisfiable
  setHostnameAsFQDN=35:bool! os=36:PodOS
  hostUsers=37:bool! schedulingGates=38*PodSchedulingGate@name resourceClaims=39*PodResourceClaim@name^
  resources=40:ResourceRequirements hostnameOverride=41:str! schedulingGroup=43:PodSchedulingGroup
PodStatus observedGeneration=17:long phase=1:str conditions=2*PodCondition@type message=3:str reason=4:str
  nominatedNodeName=11:str hostIP=5:str hostIPs=16*HostIP@ip~ podIP=6:str podIPs=12*PodIP@ip startTime=7:time
  initContainerStatuses=10*ContainerStatus containerStatuses=8*ContainerStatus qosClass=9:str
  ephemeralContainerStatuses=13*ContainerStatus resize=14:str
  resourceClaimStatuses=15*PodResourceClaimStatus@name^
  extendedResourceClaimStatus=18:PodExtendedResourceClaimStatus allocatedResources=19%qty
  resources=20:ResourceRequirements
  nodeAllocatableResourceClaimStatuses=21*NodeAllocatableResourceClaimStatus
ServiceSpec ports=1*ServicePort@port,protocol selector=2%str~ clusterIP=3:str clusterIPs=18*str type=4:str
  externalIPs=5*str sessionAffinity=7:str loadBalancerIP=8:str loadBalancerSourceRanges=9*str
  externalName=10:str externalTrafficPolicy=11:str healthCheckNodePort=12:int
  publishNotReadyAddresses=13:bool sessionAffinityConfig=14:SessionAffinityConfig ipFamilies=19*str
  ipFamilyPolicy=17:str! allocateLoadBalancerNodePorts=20:bool! loadBalancerClass=21:str!
  internalTrafficPolicy=22:str! trafficDistribution=23:str!
ServiceStatus loadBalancer=1:LoadBalancerStatus! conditions=2*Condition@type
NamespaceSpec finalizers=1*str
NamespaceStatus phase=1:str conditions=2*NamespaceCondition@type
ObjectReference~ kind=1:str namespace=2:str name=3:str uid=4:str apiVersion=5:str resourceVersion=6:str
  fieldPath=7:str
LocalObjectReference~ name=1:str
NodeSpec podCIDR=1:str podCIDRs=7*str@ providerID=3:str unschedulable=4:bool taints=5*Taint
  configSource=6:NodeConfigSource externalID=2:str
NodeStatus capacity=1%qty allocatable=2%qty phase=3:str conditions=4*NodeCondition@type
  addresses=5*NodeAddress@type daemonEndpoints=6:NodeDaemonEndpoints! nodeInfo=7:NodeSystemInfo!
  images=8*ContainerImage volumesInUse=9*str volumesAttached=10*AttachedVolume config=11:NodeConfigStatus
  runtimeHandlers=12*NodeRuntimeHandler features=13:NodeFeatures declaredFeatures=14*str
EventSource component=1:str host=2:str
EventSeries count=1:int lastObservedTime=2:micro
Volume name=1:str+ .volumeSource=2:VolumeSource
Container name=1:str+ image=2:str command=3*str args=4*str workingDir=5:str
  ports=6*ContainerPort@containerPort,protocol envFrom=19*EnvFromSource env=7*EnvVar@name
  resources=8:ResourceRequirements! resizePolicy=23*ContainerResizePolicy restartPolicy=24:str!
  restartPolicyRules=25*ContainerRestartRule volumeMounts=9*VolumeMount@mountPath
  volumeDevices=21*VolumeDevice@devicePath livenessProbe=10:Probe readinessProbe=11:Probe
  startupProbe=22:Probe lifecycle=12:Lifecycle terminationMessagePath=13:str terminationMessagePolicy=20:str
  imagePullPolicy=14:str securityContext=15:SecurityContext stdin=16:bool stdinOnce=17:bool tty=18:bool
EphemeralContainer .=1:EphemeralContainerCommon targetContainerName=2:str
PodSecurityContext seLinuxOptions=1:SELinuxOptions windowsOptions=8:WindowsSecurityContextOptions
  runAsUser=2:long! runAsGroup=6:long! runAsNonRoot=3:bool! supplementalGroups=4*long
  supplementalGroupsPolicy=12:str! fsGroup=5:long! sysctls=7*Sysctl fsGroupChangePolicy=9:str!
  seccompProfile=10:SeccompProfile appArmorProfile=11:AppArmorProfile seLinuxChangePolicy=13:str!
Affinity nodeAffinity=1:NodeAffinity podAffinity=2:PodAffinity podAntiAffinity=3:PodAntiAffinity
Toleration key=1:str operator=2:str value=3:str effect=4:str tolerationSeconds=5:long!
HostAlias ip=1:str+ hostnames=2*str
PodDNSConfig nameservers=1*str searches=2*str options=3*PodDNSConfigOption
PodReadinessGate conditionType=1:str+
TopologySpreadConstraint maxSkew=1:int+ topologyKey=2:str+ whenUnsatisfiable=3:str+
  labelSelector=4:LabelSelector minDomains=5:int! nodeAffinityPolicy=6:str! nodeTaintsPolicy=7:str!
  matchLabelKeys=8*str
PodOS name=1:str+
PodSchedulingGate name=1:str+
PodResourceClaim name=1:str+ resourceClaimName=3:str! resourceClaimTemplateName=4:str!
ResourceRequirements limits=1%qty requests=2%qty claims=3*ResourceClaim#name
PodSchedulingGroup podGroupName=1:str!
PodCondition type=1:str+ observedGeneration=7:long status=2:str+ lastProbeTime=3:time
  lastTransitionTime=4:time reason=5:str message=6:str
HostIP ip=1:str+
PodIP ip=1:str+
ContainerStatus name=1:str+ state=2:ContainerState! lastState=3:ContainerState! ready=4:bool+
  restartCount=5:int+ image=6:str+ imageID=7:str+ containerID=8:str started=9:bool!
  allocatedResources=10%qty resources=11:ResourceRequirements volumeMounts=12*VolumeMountStatus@mountPath
  user=13:ContainerUser allocatedResourcesStatus=14*ResourceStatus@name stopSignal=15:str!
PodResourceClaimStatus name=1:str+ resourceClaimName=2:str!
PodExtendedResourceClaimStatus requestMappings=1*ContainerExtendedResourceRequest+ resourceClaimName=2:str+
NodeAllocatableResourceClaimStatus resourceClaimName=1:str+ containers=2*str# resources=3%qty+
ServicePort name=1:str protocol=2:str?TCP appProtocol=6:str! port=3:int+ targetPort=4:ios nodePort=5:int
SessionAffinityConfig clientIP=1:ClientIPConfig
LoadBalancerStatus ingress=1*LoadBalancerIngress
NamespaceCondition type=1:str+ status=2:str+ lastTransitionTime=4:time reason=5:str message=6:str
Taint key=1:str+ value=2:str effect=3:str+ timeAdded=4:time
NodeConfigSource configMap=2:ConfigMapNodeConfigSource
NodeCondition type=1:str+ status=2:str+ lastHeartbeatTime=3:time lastTransitionTime=4:time reason=5:str
  message=6:str
NodeAddress type=1:str+ address=2:str+
NodeDaemonEndpoints kubeletEndpoint=1:DaemonEndpoint!
NodeSystemInfo machineID=1:str+ systemUUID=2:str+ bootID=3:str+ kernelVersion=4:str+ osImage=5:str+
  containerRuntimeVersion=6:str+ kubeletVersion=7:str+ kubeProxyVersion=8:str+ operatingSystem=9:str+
  architecture=10:str+ swap=11:NodeSwapStatus
ContainerImage names=1*str sizeBytes=2:long
AttachedVolume name=1:str+ devicePath=2:str+
NodeConfigStatus assigned=1:NodeConfigSource active=2:NodeConfigSource lastKnownGood=3:NodeConfigSource
  error=4:str
NodeRuntimeHandler name=1:str! features=2:NodeRuntimeHandlerFeatures
NodeFeatures supplementalGroupsPolicy=1:bool!
PodTemplateSpec metadata=1:ObjectMeta! spec=2:PodSpec!
VolumeSource hostPath=1:HostPathVolumeSource emptyDir=2:EmptyDirVolumeSource
  gcePersistentDisk=3:GCEPersistentDiskVolumeSource awsElasticBlockStore=4:AWSElasticBlockStoreVolumeSource
  gitRepo=5:GitRepoVolumeSource secret=6:SecretVolumeSource nfs=7:NFSVolumeSource iscsi=8:ISCSIVolumeSource
  glusterfs=9:GlusterfsVolumeSource persistentVolumeClaim=10:PersistentVolumeClaimVolumeSource
  rbd=11:RBDVolumeSource flexVolume=12:FlexVolumeSource cinder=13:CinderVolumeSource
  cephfs=14:CephFSVolumeSource flocker=15:FlockerVolumeSource downwardAPI=16:DownwardAPIVolumeSource
  fc=17:FCVolumeSource azureFile=18:AzureFileVolumeSource configMap=19:ConfigMapVolumeSource
  vsphereVolume=20:VsphereVirtualDiskVolumeSource quobyte=21:QuobyteVolumeSource
  azureDisk=22:AzureDiskVolumeSource photonPersistentDisk=23:PhotonPersistentDiskVolumeSource
  projected=26:ProjectedVolumeSource portworxVolume=24:PortworxVolumeSource scaleIO=25:ScaleIOVolumeSource
  storageos=27:StorageOSVolumeSource csi=28:CSIVolumeSource ephemeral=29:EphemeralVolumeSource
  image=30:ImageVolumeSource
ContainerPort name=1:str hostPort=2:int containerPort=3:int+ protocol=4:str?TCP hostIP=5:str
EnvFromSource prefix=1:str configMapRef=2:ConfigMapEnvSource secretRef=3:SecretEnvSource
EnvVar name=1:str+ value=2:str valueFrom=3:EnvVarSource
ContainerResizePolicy resourceName=1:str+ restartPolicy=2:str+
ContainerRestartRule action=1:str+ exitCodes=2:ContainerRestartRuleOnExitCodes
VolumeMount name=1:str+ readOnly=2:bool recursiveReadOnly=7:str! mountPath=3:str+ subPath=4:str
  mountPropagation=5:str! subPathExpr=6:str
VolumeDevice name=1:str+ devicePath=2:str+
Probe .handler=1:ProbeHandler initialDelaySeconds=2:int timeoutSeconds=3:int periodSeconds=4:int
  successThreshold=5:int failureThreshold=6:int terminationGracePeriodSeconds=7:long!
Lifecycle postStart=1:LifecycleHandler preStop=2:LifecycleHandler stopSignal=3:str!
SecurityContext capabilities=1:Capabilities privileged=2:bool! seLinuxOptions=3:SELinuxOptions
  windowsOptions=10:WindowsSecurityContextOptions runAsUser=4:long! runAsGroup=8:long! runAsNonRoot=5:bool!
  readOnlyRootFilesystem=6:bool! allowPrivilegeEscalation=7:bool! procMount=9:str!
  seccompProfile=11:SeccompProfile appArmorProfile=12:AppArmorProfile
EphemeralContainerCommon name=1:str+ image=2:str command=3*str args=4*str workingDir=5:str
  ports=6*ContainerPort@containerPort,protocol envFrom=19*EnvFromSource env=7*EnvVar@name
  resources=8:ResourceRequirements! resizePolicy=23*ContainerResizePolicy restartPolicy=24:str!
  restartPolicyRules=25*ContainerRestartRule volumeMounts=9*VolumeMount@mountPath
  volumeDevices=21*VolumeDevice@devicePath livenessProbe=10:Probe readinessProbe=11:Probe
  startupProbe=22:Probe lifecycle=12:Lifecycle terminationMessagePath=13:str terminationMessagePolicy=20:str
  imagePullPolicy=14:str securityContext=15:SecurityContext stdin=16:bool stdinOnce=17:bool tty=18:bool
SELinuxOptions user=1:str role=2:str type=3:str level=4:str
WindowsSecurityContextOptions gmsaCredentialSpecName=1:str! gmsaCredentialSpec=2:str! runAsUserName=3:str!
  hostProcess=4:bool!
Sysctl name=1:str+ value=2:str+
SeccompProfile type=1:str+ localhostProfile=2:str!
AppArmorProfile type=1:str+ localhostProfile=2:str!
NodeAffinity requiredDuringSchedulingIgnoredDuringExecution=1:NodeSelector
  preferredDuringSchedulingIgnoredDuringExecution=2*PreferredSchedulingTerm
PodAffinity requiredDuringSchedulingIgnoredDuringExecution=1*PodAffinityTerm
  preferredDuringSchedulingIgnoredDuringExecution=2*WeightedPodAffinityTerm
PodAntiAffinity requiredDuringSchedulingIgnoredDuringExecution=1*PodAffinityTerm
  preferredDuringSchedulingIgnoredDuringExecution=2*WeightedPodAffinityTerm
PodDNSConfigOption name=1:str value=2:str!
ResourceClaim name=1:str+ request=2:str
ContainerState waiting=1:ContainerStateWaiting running=2:ContainerStateRunning
  terminated=3:ContainerStateTerminated
VolumeMountStatus name=1:str+ mountPath=2:str+ readOnly=3:bool recursiveReadOnly=4:str!
  volumeStatus=5:VolumeStatus
ContainerUser linux=1:LinuxContainerUser
ResourceStatus name=1:str+ resources=2*ResourceHealth#resourceID
ContainerExtendedResourceRequest containerName=1:str+ resourceName=2:str+ requestName=3:str+
ClientIPConfig timeoutSeconds=1:int!
LoadBalancerIngress ip=1:str hostname=2:str ipMode=3:str! ports=4*PortStatus
ConfigMapNodeConfigSource namespace=1:str+ name=2:str+ uid=3:str resourceVersion=4:str
  kubeletConfigKey=5:str+
DaemonEndpoint Port=1:int+
NodeSwapStatus capacity=1:long!
NodeRuntimeHandlerFeatures recursiveReadOnlyMounts=1:bool! userNamespaces=2:bool!
HostPathVolumeSource path=1:str+ type=2:str!
EmptyDirVolumeSource medium=1:str sizeLimit=2:qty
GCEPersistentDiskVolumeSource pdName=1:str+ fsType=2:str partition=3:int readOnly=4:bool
AWSElasticBlockStoreVolumeSource volumeID=1:str+ fsType=2:str partition=3:int readOnly=4:bool
GitRepoVolumeSource repository=1:str+ revision=2:str directory=3:str
SecretVolumeSource secretName=1:str items=2*KeyToPath defaultMode=3:int! optional=4:bool!
NFSVolumeSource server=1:str+ path=2:str+ readOnly=3:bool
ISCSIVolumeSource targetPortal=1:str+ iqn=2:str+ lun=3:int+ iscsiInterface=4:str fsType=5:str
  readOnly=6:bool portals=7*str chapAuthDiscovery=8:bool chapAuthSession=11:bool
  secretRef=10:LocalObjectReference initiatorName=12:str!
GlusterfsVolumeSource endpoints=1:str+ path=2:str+ readOnly=3:bool
PersistentVolumeClaimVolumeSource claimName=1:str+ readOnly=2:bool
RBDVolumeSource monitors=1*str+ image=2:str+ fsType=3:str pool=4:str user=5:str keyring=6:str
  secretRef=7:LocalObjectReference readOnly=8:bool
FlexVolumeSource driver=1:str+ fsType=2:str secretRef=3:LocalObjectReference readOnly=4:bool options=5%str
CinderVolumeSource volumeID=1:str+ fsType=2:str readOnly=3:bool secretRef=4:LocalObjectReference
CephFSVolumeSource monitors=1*str+ path=2:str user=3:str secretFile=4:str secretRef=5:LocalObjectReference
  readOnly=6:bool
FlockerVolumeSource datasetName=1:str datasetUUID=2:str
DownwardAPIVolumeSource items=1*DownwardAPIVolumeFile defaultMode=2:int!
FCVolumeSource targetWWNs=1*str lun=2:int! fsType=3:str readOnly=4:bool wwids=5*str
AzureFileVolumeSource secretName=1:str+ shareName=2:str+ readOnly=3:bool
ConfigMapVolumeSource .localObjectReference=1:LocalObjectReference items=2*KeyToPath defaultMode=3:int!
  optional=4:bool!
VsphereVirtualDiskVolumeSource volumePath=1:str+ fsType=2:str storagePolicyName=3:str storagePolicyID=4:str
QuobyteVolumeSource registry=1:str+ volume=2:str+ readOnly=3:bool user=4:str group=5:str tenant=6:str
AzureDiskVolumeSource diskName=1:str+ diskURI=2:str+ cachingMode=3:str! fsType=4:str! readOnly=5:bool!
  kind=6:str!
PhotonPersistentDiskVolumeSource pdID=1:str+ fsType=2:str
ProjectedVolumeSource sources=1*VolumeProjection defaultMode=2:int!
PortworxVolumeSource volumeID=1:str+ fsType=2:str readOnly=3:bool
ScaleIOVolumeSource gateway=1:str+ system=2:str+ secretRef=3:LocalObjectReference+ sslEnabled=4:bool
  protectionDomain=5:str storagePool=6:str storageMode=7:str volumeName=8:str fsType=9:str readOnly=10:bool
StorageOSVolumeSource volumeName=1:str volumeNamespace=2:str fsType=3:str readOnly=4:bool
  secretRef=5:LocalObjectReference
CSIVolumeSource driver=1:str+ readOnly=2:bool! fsType=3:str! volumeAttributes=4%str
  nodePublishSecretRef=5:LocalObjectReference
EphemeralVolumeSource volumeClaimTemplate=1:PersistentVolumeClaimTemplate
ImageVolumeSource reference=1:str pullPolicy=2:str
ConfigMapEnvSource .localObjectReference=1:LocalObjectReference optional=2:bool!
SecretEnvSource .localObjectReference=1:LocalObjectReference optional=2:bool!
EnvVarSource fieldRef=1:ObjectFieldSelector resourceFieldRef=2:ResourceFieldSelector
  configMapKeyRef=3:ConfigMapKeySelector secretKeyRef=4:SecretKeySelector fileKeyRef=5:FileKeySelector
ContainerRestartRuleOnExitCodes operator=1:str+ values=2*int#
ProbeHandler exec=1:ExecAction httpGet=2:HTTPGetAction tcpSocket=3:TCPSocketAction grpc=4:GRPCAction
LifecycleHandler exec=1:ExecAction httpGet=2:HTTPGetAction tcpSocket=3:TCPSocketAction sleep=4:SleepAction
Capabilities add=1*str drop=2*str
NodeSelector~ nodeSelectorTerms=1*NodeSelectorTerm+
PreferredSchedulingTerm weight=1:int+ preference=2:NodeSelectorTerm!+
PodAffinityTerm labelSelector=1:LabelSelector namespaces=2*str topologyKey=3:str+
  namespaceSelector=4:LabelSelector matchLabelKeys=5*str mismatchLabelKeys=6*str
WeightedPodAffinityTerm weight=1:int+ podAffinityTerm=2:PodAffinityTerm!+
ContainerStateWaiting reason=1:str message=2:str
ContainerStateRunning startedAt=1:time
ContainerStateTerminated exitCode=1:int+ signal=2:int reason=3:str message=4:str startedAt=5:time
  finishedAt=6:time containerID=7:str
VolumeStatus image=1:ImageVolumeStatus
LinuxContainerUser uid=1:long+ gid=2:long+ supplementalGroups=3*long
ResourceHealth resourceID=1:str+ health=2:str message=6:str!
PortStatus port=1:int+ protocol=2:str+ error=3:str!
KeyToPath key=1:str+ path=2:str+ mode=3:int!
DownwardAPIVolumeFile path=1:str+ fieldRef=2:ObjectFieldSelector resourceFieldRef=3:ResourceFieldSelector
  mode=4:int!
VolumeProjection secret=1:SecretProjection downwardAPI=2:DownwardAPIProjection
  configMap=3:ConfigMapProjection serviceAccountToken=4:ServiceAccountTokenProjection
  clusterTrustBundle=5:ClusterTrustBundleProjection podCertificate=6:PodCertificateProjection
PersistentVolumeClaimTemplate metadata=1:ObjectMeta! spec=2:PersistentVolumeClaimSpec!+
ObjectFieldSelector~ apiVersion=1:str fieldPath=2:str+
ResourceFieldSelector~ containerName=1:str resource=2:str+ divisor=3:qty
ConfigMapKeySelector~ .localObjectReference=1:LocalObjectReference key=2:str+ optional=3:bool!
SecretKeySelector~ .localObjectReference=1:LocalObjectReference key=2:str+ optional=3:bool!
FileKeySelector~ volumeName=1:str+ path=2:str+ key=3:str+ optional=4:bool!
ExecAction command=1*str
HTTPGetAction path=1:str port=2:ios+ host=3:str scheme=4:str httpHeaders=5*HTTPHeader
TCPSocketAction port=1:ios+ host=2:str
GRPCAction port=1:int+ service=2:str!
SleepAction seconds=1:long+
NodeSelectorTerm~ matchExpressions=1*NodeSelectorRequirement matchFields=2*NodeSelectorRequirement
ImageVolumeStatus imageRef=1:str+
SecretProjection .localObjectReference=1:LocalObjectReference items=2*KeyToPath optional=4:bool!
DownwardAPIProjection items=1*DownwardAPIVolumeFile
ConfigMapProjection .localObjectReference=1:LocalObjectReference items=2*KeyToPath optional=4:bool!
ServiceAccountTokenProjection audience=1:str expirationSeconds=2:long! path=3:str+
ClusterTrustBundleProjection name=1:str! signerName=2:str! labelSelector=3:LabelSelector optional=5:bool!
  path=4:str+
PodCertificateProjection signerName=1:str+ keyType=2:str+ maxExpirationSeconds=3:int!
  credentialBundlePath=4:str keyPath=5:str certificateChainPath=6:str userAnnotations=7%str
PersistentVolumeClaimSpec accessModes=1*str selector=4:LabelSelector resources=2:VolumeResourceRequirements!
  volumeName=3:str storageClassName=5:str! volumeMode=6:str! dataSource=7:TypedLocalObjectReference
  dataSourceRef=8:TypedObjectReference volumeAttributesClassName=9:str!
HTTPHeader name=1:str+ value=2:str+
NodeSelectorRequirement key=1:str+ operator=2:str+ values=3*str
VolumeResourceRequirements limits=1%qty requests=2%qty
TypedLocalObjectReference~ apiGroup=1:str! kind=2:str+ name=3:str+
TypedObjectReference apiGroup=1:str! kind=2:str+ name=3:str+ namespace=4:str!
`;
