/** Which policy chooses, with its options; the fields are those of the config, see the policy's README. */
export type PickConfig =
  | { readonly policy: 'roundRobin' }
  | { readonly policy: 'leastRequest'; readonly choiceCount: number }
  | { readonly policy: 'loadAware'; readonly choiceCount: number; readonly reportMaxAgeMs: number }
  | ({ readonly policy: 'weightedRoundRobin' } & WeightedRoundRobinConfig)
  | {
      readonly policy: 'peakEwma';
      readonly choiceCount: number;
      readonly decayMs: number;
      readonly defaultLatencyMs: number;
    }
  | {
      readonly policy: 'ringHash';
      readonly header: string | null;
      readonly minRingSize: number;
      readonly maxRingSize: number;
      readonly boundedLoad: number | null;
    }
  | { readonly policy: 'pickFirst'; readonly shuffle: boolean };

/** gRFC A58. */
export interface WeightedRoundRobinConfig {
  readonly outOfBand: boolean;
  readonly outOfBandMs: number;
  readonly blackoutMs: number;
  readonly expirationMs: number;
  readonly updateMs: number;
  readonly errorUtilizationPenalty: number;
}

/** How many endpoints a client connects to. */
export interface SubsetConfig {
  readonly size: number;
}

/** How new endpoints begin. */
export interface SlowStartConfig {
  readonly windowMs: number;
  readonly aggression: number;
  readonly minShare: number;
}

/** Of one of the two algorithms of gRFC A50. */
export interface OutlierRule {
  readonly enforcementPercentage: number;
  readonly minimumHosts: number;
  readonly requestVolume: number;
}

/** gRFC A50, with two fast paths; 0 turns one off, null an algorithm. */
export interface OutlierConfig {
  readonly intervalMs: number;
  readonly baseEjectionMs: number;
  readonly maxEjectionMs: number;
  readonly maxEjectionPercent: number;
  readonly consecutiveFailures: number;
  readonly consecutiveTimeouts: number;
  readonly successRate: (OutlierRule & { readonly stdevFactor: number }) | null;
  readonly failurePercentage: (OutlierRule & { readonly threshold: number }) | null;
  /** Below this part (percent) of endpoints that are not ejected nobody counts as ejected. */
  readonly panicPercent: number;
}

/** How calls prefer the endpoints of the client's zone. */
export interface PreferZoneConfig {
  readonly spillAbove: number;
}

/** Whether calls stay where the Service asks for it, or in the client's zone whatever it asks for. */
export interface ZoneConfig {
  readonly hints: boolean;
  readonly preferZone: PreferZoneConfig | null;
}

/** When streams are opened again elsewhere, where the application asks for it. */
export interface StreamsConfig {
  readonly thresholdPercent: number;
  readonly minStreams: number;
  readonly spreadMs: number;
}

/** A parsed, complete `fairlead` config. Made by `parseConfig` or `policyConfig` only. */
export interface PipelineConfig {
  readonly pick: PickConfig;
  readonly zone: ZoneConfig;
  readonly subset: SubsetConfig | null;
  readonly slowStart: SlowStartConfig | null;
  readonly outliers: OutlierConfig | null;
  readonly streams: StreamsConfig;
}

/** Says whether two configs mean the same, so that a pipeline and its counts can be kept. */
export function sameConfig(a: PipelineConfig, b: PipelineConfig): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Writes a config in the form that `parseConfig` reads, every default spelled out. */
export function configToJson({ pick, ...stages }: PipelineConfig): object {
  const { policy, ...options } = pick;
  return { pick: { [policy]: withoutNull(options) }, ...withoutNull(stages) };
}

/** Null stands for what is not in the config. */
function withoutNull(value: object): object {
  const present = Object.entries(value).filter(([, part]) => part !== null);
  return Object.fromEntries(
    present.map(([key, part]) => [key, typeof part === 'object' ? withoutNull(part) : part]),
  );
}
