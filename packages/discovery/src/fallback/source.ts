import { sameState } from '../audience.js';
import { type Clock, systemClock, type Timer } from '../clock.js';
import { type DnsTarget, dnsTargetOf } from '../dns/target.js';
import {
  createEndpointSet,
  diffSets,
  type EndpointDiff,
  type EndpointSet,
  type EndpointSetState,
} from '../endpoint-set.js';
import { DiscoveryError } from '../errors.js';
import { guarded, type Logger, silentLogger } from '../logger.js';
import type { EndpointObserver, EndpointSource, Watch } from '../source.js';
import type { Target } from '../target.js';

export interface FallbackSourceOptions {
  /** The API server; or why there is none. */
  readonly primary: EndpointSource | DiscoveryError;
  /** Looks for credentials again where there were none: a source, or why there still is none. Default: never. */
  readonly reopen?: (() => EndpointSource | DiscoveryError) | undefined;
  readonly dns: EndpointSource<DnsTarget>;
  /** DNS domain of the cluster. */
  readonly clusterDomain: string;
  /** How long the API server may be silent at start before DNS is asked (ms, default 2000). */
  readonly patienceMs?: number | undefined;
  /** Default: the machine's. */
  readonly clock?: Clock | undefined;
  /** Default: silent. */
  readonly logger?: Logger | undefined;
}

type WatchOptions = { readonly ref?: boolean } | undefined;
type Trouble = Exclude<EndpointSetState, { kind: 'live' }>;

/** What one of the two sources said last. */
interface Heard {
  set: EndpointSet | null;
  /** What led to `set`. */
  step?: { readonly before: EndpointSet | null; readonly diff: EndpointDiff };
  state: EndpointSetState | undefined;
}

const troubleOf = ({ state }: Heard): Trouble | undefined =>
  state === undefined || state.kind === 'live' ? undefined : state;

/** Where the endpoints of a target came from last, so that a change is logged once for all who watch it. */
type Modes = Map<string, 'kubernetes' | 'dns'>;

interface Deps extends Omit<FallbackSourceOptions, 'logger' | 'clock'> {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly modes: Modes;
}

const PATIENCE_MS = 2_000;
/** Where there were no credentials they are looked for again every so often (ms): a few files are read for it. */
const REOPEN_MS = 30_000;

/** One observer of one target: two watches at most, of which one is listened to. */
class FallbackWatch implements Watch {
  readonly #deps: Deps;
  readonly #target: Target;
  readonly #observer: EndpointObserver;
  readonly #options: WatchOptions;
  readonly #api: Heard = { set: null, state: undefined };
  readonly #dns: Heard = { set: null, state: undefined };
  #apiWatch: Watch | undefined;
  #dnsWatch: Watch | undefined;
  #patience: Timer | undefined;
  #impatient = false;
  #told: EndpointSet | null = null;
  #toldState: EndpointSetState | undefined;
  #closed = false;

  constructor(deps: Deps, target: Target, observer: EndpointObserver, options: WatchOptions) {
    this.#deps = deps;
    this.#target = target;
    this.#observer = observer;
    this.#options = options;
    const { primary } = deps;
    this.#patience = deps.clock.setTimeout(() => {
      this.#impatient = true;
      this.#decide();
    }, deps.patienceMs ?? PATIENCE_MS);
    this.#patience.unref();
    if (primary instanceof DiscoveryError) {
      this.#api.state = { kind: 'unknown', sinceMs: deps.clock.now(), cause: primary };
      this.#askDns();
      return;
    }
    this.ask(primary);
  }

  /** There is an API server to ask, perhaps only now. */
  ask(primary: EndpointSource): void {
    this.#apiWatch = primary.watch(this.#target, this.#listener(this.#api), this.#options);
  }

  refresh(): void {
    this.#apiWatch?.refresh?.();
    this.#dnsWatch?.refresh?.();
  }

  close(): void {
    this.#closed = true;
    this.#patience?.cancel();
    this.#apiWatch?.close();
    this.#leaveDns();
  }

  #listener(heard: Heard): EndpointObserver {
    return {
      onSet: (set, diff) => {
        heard.step = { before: heard.set, diff };
        heard.set = set;
        heard.state = set.state;
        this.#decide();
      },
      onState: (state) => {
        heard.state = state;
        this.#decide();
      },
    };
  }

  #askDns(): void {
    if (this.#dnsWatch !== undefined) return;
    const { dns, clusterDomain } = this.#deps;
    const target = dnsTargetOf(this.#target, clusterDomain);
    this.#dnsWatch = dns.watch(target, this.#listener(this.#dns), this.#options);
  }

  #leaveDns(): void {
    this.#dnsWatch?.close();
    this.#dnsWatch = undefined;
    this.#dns.set = null;
    this.#dns.state = undefined;
  }

  /**
   * The API server is believed as soon as it said anything, and for good. It has no slices of an ExternalName, which
   * DNS knows.
   */
  #decide(): void {
    if (this.#closed) return;
    const { set } = this.#api;
    const unsliced = set?.absence?.code === 'NO_SLICE';
    if (set !== null && !unsliced) {
      this.#tell('kubernetes', set, this.#api.state);
      this.#leaveDns();
      return;
    }
    if (unsliced || troubleOf(this.#api) !== undefined || this.#impatient) this.#askDns();
    const named = this.#dns.set;
    if (named !== null && (!unsliced || named.endpoints.length > 0)) {
      this.#tell('dns', this.#explained(named), this.#dns.state);
    } else if (set !== null) {
      this.#tell('kubernetes', set, this.#api.state);
    } else {
      this.#tellTrouble();
    }
  }

  /**
   * Nobody knows anything: both troubles in one, under the code of the API server's. While DNS may still answer it is
   * not told as a refusal, which would fail calls at once.
   */
  #tellTrouble(): void {
    const dns = troubleOf(this.#dns);
    const api = troubleOf(this.#api);
    if (dns === undefined) {
      if (api === undefined || !this.#impatient) return;
      const message = `${api.cause.message}; DNS has not answered yet`;
      const cause = new DiscoveryError('UNREACHABLE', message, { cause: api.cause });
      this.#tellState({ ...api, cause });
      return;
    }
    const first = api?.cause ?? new DiscoveryError('UNREACHABLE', 'the API server does not answer');
    const message = `${first.message}; instead of it: ${dns.cause.message}`;
    const cause = new DiscoveryError(first.code, message, { cause: first });
    this.#tellState({ kind: 'unknown', sinceMs: api?.sinceMs ?? dns.sinceMs, cause });
  }

  /** That DNS has no endpoints is half of the story: why it was asked is the other. */
  #explained(set: EndpointSet): EndpointSet {
    const why = troubleOf(this.#api)?.cause.message;
    if (set.absence === undefined || why === undefined) return set;
    if (this.#told?.absence?.message.startsWith(set.absence.message) === true) return this.#told;
    const absence = { ...set.absence, message: `${set.absence.message}; DNS was asked because ${why}` };
    return createEndpointSet({ ...set, absence });
  }

  #tell(mode: 'kubernetes' | 'dns', set: EndpointSet, state: EndpointSetState | undefined): void {
    this.#logMode(mode);
    if (state !== undefined && !(this.#toldState === undefined && state.kind === 'live')) {
      this.#tellState(state);
    } else {
      this.#toldState = state;
    }
    const told = this.#told;
    if (set === told || this.#closed) return;
    this.#told = set;
    const { step } = mode === 'dns' ? this.#dns : this.#api;
    const diff = step !== undefined && step.before === told ? step.diff : diffSets(told, set);
    this.#observer.onSet(set, diff);
  }

  #tellState(state: EndpointSetState): void {
    const before = this.#toldState;
    if (sameState(before, state)) return;
    this.#toldState = state;
    this.#observer.onState?.(state);
  }

  #logMode(mode: 'kubernetes' | 'dns'): void {
    const { modes, logger } = this.#deps;
    const target = this.#target.text;
    const before = modes.get(target);
    if (before === mode) return;
    modes.set(target, mode);
    if (mode === 'dns') {
      const because = troubleOf(this.#api)?.cause.message ?? this.#api.set?.absence?.message ?? 'no answer';
      logger.warn('endpoints come from DNS, not from the API server', { target, because });
    } else if (before === 'dns') {
      logger.info('endpoints come from the API server now', { target });
    }
  }
}

/** All watches of one source, and what they have for an API server. */
class FallbackSource implements EndpointSource {
  readonly #deps: Deps;
  readonly #open = new Set<FallbackWatch>();
  #primary: EndpointSource | DiscoveryError;
  #reopening: Timer | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#primary = deps.primary;
  }

  watch(target: Target, observer: EndpointObserver, options: WatchOptions): Watch {
    const watch = new FallbackWatch({ ...this.#deps, primary: this.#primary }, target, observer, options);
    this.#open.add(watch);
    this.#expectCredentials();
    return {
      refresh: () => watch.refresh(),
      close: () => {
        this.#open.delete(watch);
        watch.close();
        if (this.#open.size === 0) this.#rest();
      },
    };
  }

  close(): void {
    for (const watch of this.#open) watch.close();
    this.#open.clear();
    this.#rest();
  }

  #rest(): void {
    this.#reopening?.cancel();
    this.#reopening = undefined;
  }

  #expectCredentials(): void {
    const { clock, reopen } = this.#deps;
    if (reopen === undefined || !(this.#primary instanceof DiscoveryError) || this.#reopening) return;
    this.#reopening = clock.setTimeout(() => {
      this.#reopening = undefined;
      this.#primary = reopen();
      if (this.#primary instanceof DiscoveryError) this.#expectCredentials();
      else for (const watch of this.#open) watch.ask(this.#primary);
    }, REOPEN_MS);
    this.#reopening.unref();
  }
}

/**
 * Makes the source that asks the API server, and DNS where that cannot be: no credentials, refused ones, no answer at
 * start, or a Service without EndpointSlices. It changes over to the API server as soon as that answers, without a
 * moment without endpoints. `EndpointSet.source` says who spoke. Of a Service with a cluster IP, DNS knows that only.
 */
export function createFallbackSource(options: FallbackSourceOptions): EndpointSource {
  const { clock = systemClock, logger = silentLogger } = options;
  return new FallbackSource({ ...options, clock, logger: guarded(logger), modes: new Map() });
}
