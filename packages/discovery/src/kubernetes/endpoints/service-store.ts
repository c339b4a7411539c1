import type { Logger } from '../../logger.js';
import type { KubeObject } from '../client/client.js';
import { type ParsedSlice, parseSlice, sliceId } from './slice.js';

/** What changed for one Service: slices that are new, changed or gone, by id. */
export type SlicesListener = (service: string, slices: readonly string[]) => void;

/** Problems remembered so that each is logged once; more than these are not logged. */
const MAX_PROBLEMS = 200;

/**
 * So many slices that changed last keep the JSON that they were read from: as many as a watch hands out the same objects
 * for again. In a whole cluster the rest would double what an endpoint costs.
 */
const MOST_READ = 100;

/** What was read of one object of a list. */
export interface SliceReading {
  /** Null: it has no name. */
  readonly id: string | null;
  /** Null: it is no slice of a Service. */
  readonly slice: ParsedSlice | null;
}

const NO_SLICES: ReadonlyMap<string, ParsedSlice> = new Map();

/**
 * The EndpointSlices that one reflector sees, by Service. One scope (a Service, a namespace, a cluster) has one
 * store; who watches a Service asks for its slices only.
 */
export class ServiceStore {
  readonly #onChange: SlicesListener;
  readonly #logger: Logger;
  readonly #services = new Map<string, Map<string, ParsedSlice>>();
  readonly #serviceOf = new Map<string, string>();
  /** Slices that keep their JSON, the one that changed last at the end. */
  readonly #read = new Set<string>();
  readonly #problems = new Set<string>();

  constructor(onChange: SlicesListener, logger: Logger) {
    this.#onChange = onChange;
    this.#logger = logger;
  }

  /** Slices of `namespace/service`, by id. */
  slices(service: string): ReadonlyMap<string, ParsedSlice> {
    return this.#services.get(service) ?? NO_SLICES;
  }

  /** Reads an object; changes nothing. What is known in the same version is not read again. */
  read(object: KubeObject): SliceReading {
    const id = sliceId(object);
    const known = id === null ? undefined : this.#slice(id);
    const version = known?.resourceVersion;
    const same = version !== undefined && version === object.metadata.resourceVersion;
    return known !== undefined && same ? { id, slice: known } : this.#parse(object);
  }

  /** The complete truth: what is not in it is gone. */
  replace(readings: readonly SliceReading[]): void {
    const changes = new Map<string, string[]>();
    const ids = new Set(readings.map(({ id }) => id));
    for (const id of [...this.#serviceOf.keys()]) if (!ids.has(id)) this.#drop(id, changes);
    for (const reading of readings) if (!this.#isKnown(reading)) this.#put(reading, changes);
    this.#tell(changes);
  }

  /** Takes these objects for slices of the same version, in place of its own. Nobody is told: they say the same. */
  adopt(slices: Iterable<ParsedSlice>): void {
    for (const slice of slices) {
      const mine = this.#services.get(slice.service);
      const version = mine?.get(slice.id)?.resourceVersion;
      if (version !== undefined && version === slice.resourceVersion) mine?.set(slice.id, slice);
    }
  }

  upsert(object: KubeObject): void {
    const changes = new Map<string, string[]>();
    this.#put(this.#parse(object), changes);
    this.#tell(changes);
  }

  remove(object: KubeObject): void {
    const changes = new Map<string, string[]>();
    const id = sliceId(object);
    if (id !== null) this.#drop(id, changes);
    this.#tell(changes);
  }

  #slice(id: string): ParsedSlice | undefined {
    return this.#services.get(this.#serviceOf.get(id) ?? '')?.get(id);
  }

  #parse(object: KubeObject): SliceReading {
    const id = sliceId(object);
    const known = id === null ? undefined : this.#slice(id);
    return { id, slice: parseSlice(object, known, (slice, problem) => this.#report(slice, problem)) };
  }

  /** A list after a broken watch mostly holds what is known already. */
  #isKnown({ id, slice }: SliceReading): boolean {
    const version = slice?.resourceVersion;
    return version !== undefined && id !== null && this.#slice(id)?.resourceVersion === version;
  }

  #put({ id, slice: parsed }: SliceReading, changes: Map<string, string[]>): void {
    const oldService = id === null ? undefined : this.#serviceOf.get(id);
    if (id !== null && oldService !== parsed?.service) this.#drop(id, changes);
    if (parsed === null) return;
    let slices = this.#services.get(parsed.service);
    if (slices === undefined) {
      slices = new Map();
      this.#services.set(parsed.service, slices);
    }
    slices.set(parsed.id, parsed);
    this.#serviceOf.set(parsed.id, parsed.service);
    if (parsed.read.length > 0) this.#remember(parsed.id);
    note(changes, parsed.service, parsed.id);
  }

  #remember(id: string): void {
    this.#read.delete(id);
    this.#read.add(id);
    const [oldest] = this.#read;
    if (oldest === undefined || this.#read.size <= MOST_READ) return;
    this.#read.delete(oldest);
    const slices = this.#services.get(this.#serviceOf.get(oldest) ?? '');
    const slice = slices?.get(oldest);
    if (slice !== undefined) slices?.set(oldest, { ...slice, read: [] });
  }

  #drop(id: string, changes: Map<string, string[]>): void {
    const service = this.#serviceOf.get(id);
    if (service === undefined) return;
    const slices = this.#services.get(service);
    slices?.delete(id);
    if (slices?.size === 0) this.#services.delete(service);
    this.#serviceOf.delete(id);
    this.#read.delete(id);
    note(changes, service, id);
  }

  #tell(changes: ReadonlyMap<string, readonly string[]>): void {
    for (const [service, slices] of changes) this.#onChange(service, slices);
  }

  #report(slice: string, problem: string): void {
    const key = `${slice} ${problem}`;
    if (this.#problems.has(key) || this.#problems.size >= MAX_PROBLEMS) return;
    this.#problems.add(key);
    this.#logger.warn('skipped what is malformed in an EndpointSlice', { slice, problem });
  }
}

function note(changes: Map<string, string[]>, service: string, slice: string): void {
  const slices = changes.get(service);
  if (slices === undefined) changes.set(service, [slice]);
  else slices.push(slice);
}
