/**
 * The messages of the group `policy`: one message a paragraph, as Kubernetes' public API numbers them
 * (k8s.io/api v0.36). messages.ts says how to read it.
 */
export const POLICY_MESSAGES = `
PodDisruptionBudget metadata=1:ObjectMeta! spec=2:PodDisruptionBudgetSpec! status=3:PodDisruptionBudgetStatus!
PodDisruptionBudgetSpec minAvailable=1:ios selector=2:LabelSelector maxUnavailable=3:ios
  unhealthyPodEvictionPolicy=4:str!
PodDisruptionBudgetStatus observedGeneration=1:long disruptedPods=2%time disruptionsAllowed=3:int!
  currentHealthy=4:int! desiredHealthy=5:int! expectedPods=6:int! conditions=7*Condition@type
`;
