import type { Pipeline } from '@fairlead/balancing';
import type { ChannelOptions } from '../grpc.js';
import { channelLocation, type Location } from '../location/location.js';
import type { Runtime } from '../registration/runtime.js';
import type { FairleadConfig } from './config.js';
import { type PickHost, ReadyPicker } from './picker.js';

/** What runs while a config is in force. */
export interface Engine {
  readonly config: FairleadConfig;
  readonly location: Location;
  readonly pipeline: Pipeline;
  readonly picker: ReadyPicker;
}

interface EngineParts {
  readonly runtime: Runtime;
  readonly host: PickHost;
  readonly channelOptions: ChannelOptions;
  /**
   * What runs so far: a config that means the same in the same place goes on with its pipeline, another one with its
   * counts.
   */
  readonly before: Engine | null;
}

/** The engine of a config; null for one that cannot be used. */
export function engineFor(
  config: FairleadConfig,
  { runtime, host, channelOptions, before }: EngineParts,
): Engine | null {
  if (config.pipeline === undefined) return null;
  const location = channelLocation(channelOptions, runtime.whereabouts.location);
  if (before !== null && isSame(before.location, location)) {
    if (before.config === config) return before;
    const known = before.config.pipeline;
    if (known !== undefined && runtime.sameConfig(known, config.pipeline)) return { ...before, config };
  }
  const pipeline = runtime.createPipeline(config.pipeline, {
    now: () => runtime.now(),
    random: runtime.random,
    ...location,
    ...(before === null ? {} : { previous: before.pipeline }),
  });
  return { config, location, pipeline, picker: new ReadyPicker(host, pipeline) };
}

function isSame(a: Location, b: Location): boolean {
  return a.zone === b.zone && a.node === b.node;
}
