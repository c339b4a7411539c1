import type { ChannelOptions } from '../grpc.js';
import type { Settings } from '../options.js';
import { POD_LABELS_PATH, zoneOfPod } from './pod-labels.js';

/** Where a client runs, as far as that is known. */
export interface Location {
  readonly zone?: string;
  readonly node?: string;
}

/** A location with what says so. */
export interface ProcessLocation extends Location {
  /** `register()`, `FAIRLEAD_ZONE` or the path of the pod's labels; absent exactly when `zone` is. */
  readonly zoneFrom?: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** A name without the blanks around it; undefined: it is none. */
function nameOf(value: unknown): string | undefined {
  const name = typeof value === 'string' ? value.trim() : '';
  return name === '' ? undefined : name;
}

/** The first zone that is said, lazily: a file is read only when nobody else says one. */
function findZone(settings: LocationSettings, env: Env): [zone: string, from: string] | undefined {
  const path = settings.podLabelsPath ?? nameOf(env.FAIRLEAD_POD_LABELS) ?? POD_LABELS_PATH;
  const places: readonly [from: string, read: () => string | undefined][] = [
    ['register()', () => nameOf(settings.zone)],
    ['FAIRLEAD_ZONE', () => nameOf(env.FAIRLEAD_ZONE)],
    [path, () => zoneOfPod(path)],
  ];
  for (const [from, read] of places) {
    const zone = read();
    if (zone !== undefined) return [zone, from];
  }
  return undefined;
}

type LocationSettings = Pick<Settings, 'zone' | 'node' | 'podLabelsPath'>;

/**
 * Where this process runs, as far as it can be read here: `register()`, the variables `FAIRLEAD_ZONE` and
 * `FAIRLEAD_NODE`, and the pod's labels where the downward API puts them. Synchronous; reads one small file at most.
 */
export function processLocation(settings: LocationSettings, env: Env): ProcessLocation {
  const [zone, zoneFrom] = findZone(settings, env) ?? [];
  const node = nameOf(settings.node) ?? nameOf(env.FAIRLEAD_NODE);
  return {
    ...(zone === undefined || zoneFrom === undefined ? {} : { zone, zoneFrom }),
    ...(node === undefined ? {} : { node }),
  };
}

/** Where a channel is to believe that it runs: by its options, else where the process runs. */
export function channelLocation(options: ChannelOptions, process: Location): Location {
  const zone = nameOf(options['fairlead.zone']) ?? process.zone;
  const node = nameOf(options['fairlead.node']) ?? process.node;
  return { ...(zone === undefined ? {} : { zone }), ...(node === undefined ? {} : { node }) };
}
