import type { ChannelOptions } from './grpc.js';
import type { Settings } from './options.js';

/** Where a client runs, as far as that is known. */
export interface Location {
  readonly zone?: string;
  readonly node?: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** The first that is a name. */
function nameOf(...values: readonly unknown[]): string | undefined {
  return values.find((value): value is string => typeof value === 'string' && value.trim() !== '')?.trim();
}

function locationOf(zone: string | undefined, node: string | undefined): Location {
  return { ...(zone === undefined ? {} : { zone }), ...(node === undefined ? {} : { node }) };
}

/** Where the process runs: by register(), else by the variables that a pod gets through the downward API. */
export function processLocation(settings: Pick<Settings, 'zone' | 'node'>, env: Env): Location {
  return locationOf(nameOf(settings.zone, env.FAIRLEAD_ZONE), nameOf(settings.node, env.FAIRLEAD_NODE));
}

/** Where a channel is to believe that it runs: by its options, else where the process runs. */
export function channelLocation(options: ChannelOptions, process: Location): Location {
  return locationOf(
    nameOf(options['fairlead.zone'], process.zone),
    nameOf(options['fairlead.node'], process.node),
  );
}
