/** Which policy chooses, with its options. */
export type PickConfig =
  | { readonly policy: 'roundRobin' }
  | {
      readonly policy: 'leastRequest';
      /** How many endpoints are compared for each pick: an integer from 2 to 10 (gRFC A48), default 2. */
      readonly choiceCount: number;
    };

/** A parsed, complete `fairlead` config. Made by `parseConfig` or `policyConfig` only. */
export interface PipelineConfig {
  readonly pick: PickConfig;
}

/** Says whether two configs mean the same, so that a pipeline and its counts can be kept. */
export function sameConfig(a: PipelineConfig, b: PipelineConfig): boolean {
  if (a.pick.policy === 'leastRequest' && b.pick.policy === 'leastRequest') {
    return a.pick.choiceCount === b.pick.choiceCount;
  }
  return a.pick.policy === b.pick.policy;
}

/** Writes a config in the form that `parseConfig` reads, every default spelled out. */
export function configToJson(config: PipelineConfig): object {
  const { policy, ...options } = config.pick;
  return { pick: { [policy]: options } };
}
