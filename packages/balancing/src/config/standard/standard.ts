import { ConfigError } from '../../errors.js';
import { type Fields, readFields } from '../fields.js';
import { CHOICE_COUNT, DAY_MS, MAX_RING_SIZE } from '../policies.js';
import { isPlainObject, show } from '../reader.js';
import { readMessage } from './json-names.js';
import { outlierDetection } from './outlier-detection.js';

const PICK_FIRST = {
  shuffleAddressList: { kind: 'boolean', default: true },
} as const satisfies Fields;
const LEAST_REQUEST = { choiceCount: CHOICE_COUNT } as const satisfies Fields;
/** gRFC A58, whose shortest update period is 100 ms. */
const WEIGHTED_ROUND_ROBIN = {
  enableOobLoadReport: { kind: 'boolean', default: false },
  oobReportingPeriod: { kind: 'duration', min: 100, max: DAY_MS, default: 10_000 },
  blackoutPeriod: { kind: 'duration', min: 0, max: DAY_MS, default: 10_000 },
  weightExpirationPeriod: { kind: 'duration', min: 100, max: DAY_MS, default: 180_000 },
  weightUpdatePeriod: { kind: 'duration', min: 100, max: DAY_MS, default: 1000 },
  errorUtilizationPenalty: { kind: 'number', min: 0, max: 1e6, default: 1 },
} as const satisfies Fields;
/** gRFC A42: at most 8M places, of which a client may build fewer. */
const RING_HASH = {
  minRingSize: { kind: 'integer', min: 1, max: 8_388_608, default: 1024 },
  maxRingSize: { kind: 'integer', min: 1, max: 8_388_608, default: 4096 },
  requestHashHeader: { kind: 'header', default: null },
} as const satisfies Fields;

/** Whether the host runs a policy that is none of ours. */
type IsForeign = (name: string) => boolean;
type Mapping = (json: unknown, path: string, isForeign: IsForeign) => object | null;

const outliers: Mapping = (json, path, isForeign) =>
  outlierDetection(json, path, (list, at) => childConfig(list, at, isForeign));

/** How gRPC's own policies are read: as the `fairlead` config that does the same. */
const MAPPINGS: ReadonlyMap<string, Mapping> = new Map<string, Mapping>([
  [
    'round_robin',
    (json, path) => {
      readFields(json, path, {});
      return { pick: { roundRobin: {} } };
    },
  ],
  [
    'pick_first',
    (json, path) => {
      const { shuffleAddressList } = readFields(readMessage(json, path), path, PICK_FIRST);
      return { pick: { pickFirst: shuffleAddressList ? {} : { shuffle: false } } };
    },
  ],
  ['weighted_round_robin', weightedRoundRobin],
  [
    'least_request_experimental',
    (json, path) => ({ pick: { leastRequest: readFields(readMessage(json, path), path, LEAST_REQUEST) } }),
  ],
  ['ring_hash_experimental', ringHash],
  ['outlier_detection', outliers],
  // So it is called in gRFC A50, in Go, C++ and Java; grpc-js has it without the suffix.
  ['outlier_detection_experimental', outliers],
]);

/** gRPC's names of policies that run as a `fairlead` config. */
export const STANDARD_NAMES: readonly string[] = [...MAPPINGS.keys()];

/**
 * The `fairlead` config that does what the service config of a policy of gRPC says: `round_robin`, `pick_first` (gRFC
 * A62), `weighted_round_robin` (A58), `least_request_experimental` (A48), `ring_hash_experimental` (A42, A76) and
 * `outlier_detection` (A50) with its child. Null: the name is none of these, or the child is a policy that `isForeign`
 * says the host runs. Throws `ConfigError` for unknown fields and values that are not accepted.
 */
export function standardConfig(
  name: string,
  json: unknown,
  isForeign: (name: string) => boolean = () => false,
): object | null {
  return MAPPINGS.get(name)?.(json, name, isForeign) ?? null;
}

/** A list of policies within a policy within a list …: so long a path is nobody's intention. */
const MOST_PATH_CHARS = 500;

/** gRFC A24: the first policy of the list that can run. */
function childConfig(list: readonly unknown[], path: string, isForeign: IsForeign): object | null {
  if (path.length > MOST_PATH_CHARS) {
    throw new ConfigError('CONFIG_INVALID', path, 'policies are nested too deep: one in another is accepted');
  }
  const seen: string[] = [];
  for (const entry of list) {
    const [name] = isPlainObject(entry) ? Object.keys(entry) : [];
    if (name === undefined || !isPlainObject(entry)) continue;
    const json = entry[name];
    if (name === 'fairlead') return isPlainObject(json) ? json : {};
    const mapping = MAPPINGS.get(name);
    if (mapping !== undefined) return mapping(json, `${path}.${name}`, isForeign);
    if (isForeign(name)) return null;
    seen.push(show(name));
  }
  const found = seen.length === 0 ? 'no policy' : `only unknown policies: ${seen.join(', ')}`;
  const accepted = ['fairlead', ...STANDARD_NAMES].join(', ');
  throw new ConfigError('CONFIG_INVALID', path, `it names ${found}; accepted: ${accepted}`);
}

function weightedRoundRobin(json: unknown, path: string): object {
  const said = readFields(readMessage(json, path), path, WEIGHTED_ROUND_ROBIN);
  return {
    pick: {
      weightedRoundRobin: {
        outOfBand: said.enableOobLoadReport,
        outOfBandMs: said.oobReportingPeriod,
        blackoutMs: said.blackoutPeriod,
        expirationMs: said.weightExpirationPeriod,
        updateMs: said.weightUpdatePeriod,
        errorUtilizationPenalty: said.errorUtilizationPenalty,
      },
    },
  };
}

function ringHash(json: unknown, path: string): object {
  const { minRingSize, maxRingSize, requestHashHeader } = readFields(
    readMessage(json, path),
    path,
    RING_HASH,
  );
  if (minRingSize > maxRingSize) {
    const accepted = `an integer from 1 to maxRingSize (${maxRingSize})`;
    throw new ConfigError(
      'CONFIG_INVALID',
      `${path}.minRingSize`,
      `${minRingSize} is not accepted: ${accepted}`,
    );
  }
  return {
    pick: {
      ringHash: {
        minRingSize: Math.min(minRingSize, MAX_RING_SIZE),
        maxRingSize: Math.min(maxRingSize, MAX_RING_SIZE),
        ...(requestHashHeader === null ? {} : { header: requestHashHeader }),
      },
    },
  };
}
