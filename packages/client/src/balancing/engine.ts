import type { Pipeline } from '@fairlead/balancing';
import type { ChannelOptions } from '../grpc.js';
import { channelLocation } from '../location.js';
import type { Runtime } from '../registration/runtime.js';
import type { FairleadConfig } from './config.js';
import { type PickHost, ReadyPicker } from './picker.js';

/** What runs while a config is in force. */
export interface Engine {
  readonly config: FairleadConfig;
  readonly pipeline: Pipeline;
  readonly picker: ReadyPicker;
}

interface EngineParts {
  readonly runtime: Runtime;
  readonly host: PickHost;
  readonly channelOptions: ChannelOptions;
  /** What runs so far: a config that means the same goes on with its pipeline, another one with its counts. */
  readonly before: Engine | null;
}

/** The engine of a config; null for one that cannot be used. */
export function engineFor(
  config: FairleadConfig,
  { runtime, host, channelOptions, before }: EngineParts,
): Engine | null {
  if (config.pipeline === undefined) return null;
  if (before?.config === config) return before;
  const known = before?.config.pipeline;
  if (before !== null && known !== undefined && runtime.sameConfig(known, config.pipeline)) {
    return { ...before, config };
  }
  const pipeline = runtime.createPipeline(config.pipeline, {
    now: () => runtime.now(),
    random: runtime.random,
    ...channelLocation(channelOptions, runtime.location),
    ...(before === null ? {} : { previous: before.pipeline }),
  });
  return { config, pipeline, picker: new ReadyPicker(host, pipeline) };
}
