/**
 * The messages of the group `autoscaling`: one message a paragraph, as Kubernetes' public API numbers them
 * (k8s.io/api v0.36). messages.ts says how to read it. The two messages of version 1 that version 2 has as well end in
 * `V1` here.
 */
export const AUTOSCALING_MESSAGES = `
HorizontalPodAutoscaler metadata=1:ObjectMeta! spec=2:HorizontalPodAutoscalerSpec!+
  status=3:HorizontalPodAutoscalerStatus!
HorizontalPodAutoscalerSpec scaleTargetRef=1:CrossVersionObjectReference!+ minReplicas=2:int! maxReplicas=3:int+
  metrics=4*MetricSpec behavior=5:HorizontalPodAutoscalerBehavior
CrossVersionObjectReference~ kind=1:str+ name=2:str+ apiVersion=3:str
MetricSpec type=1:str+ object=2:ObjectMetricSource pods=3:PodsMetricSource resource=4:ResourceMetricSource
  containerResource=7:ContainerResourceMetricSource external=5:ExternalMetricSource
HorizontalPodAutoscalerBehavior scaleUp=1:HPAScalingRules scaleDown=2:HPAScalingRules
HPAScalingRules stabilizationWindowSeconds=3:int! selectPolicy=1:str! policies=2*HPAScalingPolicy tolerance=4:qty
HPAScalingPolicy type=1:str+ value=2:int+ periodSeconds=3:int+
ObjectMetricSource describedObject=1:CrossVersionObjectReference!+ target=2:MetricTarget!+
  metric=3:MetricIdentifier!+
PodsMetricSource metric=1:MetricIdentifier!+ target=2:MetricTarget!+
ResourceMetricSource name=1:str+ target=2:MetricTarget!+
ContainerResourceMetricSource name=1:str+ target=2:MetricTarget!+ container=3:str+
ExternalMetricSource metric=1:MetricIdentifier!+ target=2:MetricTarget!+
MetricIdentifier name=1:str+ selector=2:LabelSelector
MetricTarget type=1:str+ value=2:qty averageValue=3:qty averageUtilization=4:int!
HorizontalPodAutoscalerStatus observedGeneration=1:long! lastScaleTime=2:time currentReplicas=3:int
  desiredReplicas=4:int+ currentMetrics=5*MetricStatus conditions=6*HorizontalPodAutoscalerCondition@type
HorizontalPodAutoscalerCondition type=1:str+ status=2:str+ lastTransitionTime=3:time reason=4:str message=5:str
  observedGeneration=6:long!
MetricStatus type=1:str+ object=2:ObjectMetricStatus pods=3:PodsMetricStatus resource=4:ResourceMetricStatus
  containerResource=7:ContainerResourceMetricStatus external=5:ExternalMetricStatus
ObjectMetricStatus metric=1:MetricIdentifier!+ current=2:MetricValueStatus!+
  describedObject=3:CrossVersionObjectReference!+
PodsMetricStatus metric=1:MetricIdentifier!+ current=2:MetricValueStatus!+
ResourceMetricStatus name=1:str+ current=2:MetricValueStatus!+
ContainerResourceMetricStatus name=1:str+ current=2:MetricValueStatus!+ container=3:str+
ExternalMetricStatus metric=1:MetricIdentifier!+ current=2:MetricValueStatus!+
MetricValueStatus value=1:qty averageValue=2:qty averageUtilization=3:int!
HorizontalPodAutoscalerV1 metadata=1:ObjectMeta! spec=2:HorizontalPodAutoscalerSpecV1!
  status=3:HorizontalPodAutoscalerStatusV1!
HorizontalPodAutoscalerSpecV1 scaleTargetRef=1:CrossVersionObjectReference!+ minReplicas=2:int! maxReplicas=3:int+
  targetCPUUtilizationPercentage=4:int!
HorizontalPodAutoscalerStatusV1 observedGeneration=1:long! lastScaleTime=2:time currentReplicas=3:int+
  desiredReplicas=4:int+ currentCPUUtilizationPercentage=5:int!
`;
