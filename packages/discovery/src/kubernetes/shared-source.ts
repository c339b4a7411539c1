import { type Clock, type Random, systemClock } from '../clock.js';
import { guarded, type Logger, silentLogger } from '../logger.js';
import type { Watch } from '../source.js';
import type { AccessOptions, ClusterAccess } from './access/access.js';
import { loadAccess } from './access/load-access.js';
import type { KubeClient } from './client/client.js';
import { createKubeClient } from './client/create-client.js';
import type { RestartReason } from './reflector/reflector.js';
import type { WatchScope } from './scopes/watch-scope.js';
import {
  createKubernetesSource,
  type KubernetesSource,
  type KubernetesWatchOptions,
  type WatchTiming,
} from './source.js';

/**
 * What one user of the process's watches wants. Users of the same cluster with the same credentials (and the same
 * `clock` and `random`) share them; the rest is each user's own.
 */
export interface SharedSourceOptions
  extends Pick<AccessOptions, 'kubeconfig' | 'context'>,
    Partial<WatchTiming> {
  /** How much one watch covers (default `auto`); the widest that a user of a Service asked for holds. */
  readonly watchScope?: WatchScope | undefined;
  /** Hears of the watches while this user has one open. Default: silent. */
  readonly logger?: Logger | undefined;
  /** Told when a watch starts over, while this user has one open. */
  readonly onRestart?: ((reason: RestartReason) => void) | undefined;
  /** Keeps credentials and client when nothing is watched. Default: they are read anew for the next user. */
  readonly keep?: boolean | undefined;
  /** Default: the machine's. */
  readonly clock?: Clock | undefined;
  /** Default `Math.random`. */
  readonly random?: Random | undefined;
}

/** A cluster as this process sees it. */
export interface SharedSource {
  readonly access: ClusterAccess;
  readonly client: KubeClient;
  /** Closing it ends only what was watched through it. */
  readonly source: Pick<KubernetesSource, 'watch' | 'readService' | 'close'>;
}

type Identity = Readonly<Record<string, unknown>>;
type Listener = Required<Pick<SharedSourceOptions, 'logger' | 'onRestart'>>;

interface Entry {
  readonly identity: Identity;
  readonly access: ClusterAccess;
  readonly client: KubeClient;
  readonly source: KubernetesSource;
  /** Those who watch now. */
  readonly listeners: Set<Listener>;
  keep: boolean;
}

const entries = new Set<Entry>();

function sameIdentity(a: Identity, b: Identity): boolean {
  return Object.keys(a).every((name) => a[name] === b[name]);
}

/** Writes once to each logger of those who listen: many share one. */
function loggerFor(listeners: Entry['listeners']): Logger {
  const write =
    (level: keyof Logger): Logger['debug'] =>
    (msg, fields) => {
      const loggers = new Set([...listeners].map(({ logger }) => logger));
      for (const logger of loggers) guarded(logger)[level](msg, fields);
    };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

function open(identity: Identity, options: SharedSourceOptions): Entry {
  const { kubeconfig, context, clock, random } = options;
  const access = loadAccess({ kubeconfig, context });
  const listeners: Entry['listeners'] = new Set();
  const logger = loggerFor(listeners);
  const client = createKubeClient(access, { logger, clock });
  const onRestart = (reason: RestartReason): void => {
    for (const listener of listeners) listener.onRestart(reason);
  };
  const onIdle = (): void => {
    if (entry.keep || !entries.delete(entry)) return;
    source.close();
    client.close();
  };
  const source = createKubernetesSource({ client, clock, random, logger, onRestart, onIdle });
  const entry: Entry = { identity, access, client, source, listeners, keep: false };
  entries.add(entry);
  return entry;
}

/** The entry's source for one user, with what that user wants. */
function sourceFor({ source, listeners }: Entry, options: SharedSourceOptions): SharedSource['source'] {
  const { settleMs, lingerMs, maxStaleMs, watchScope, logger = silentLogger, onRestart = () => {} } = options;
  const listener: Listener = { logger, onRestart };
  const mine = new Set<Watch>();
  const enter = (ref: boolean | undefined, start: (wanted: KubernetesWatchOptions) => Watch): Watch => {
    // Before the watch begins: it may have something to say at once.
    listeners.add(listener);
    const watch = start({
      settleMs,
      lingerMs,
      maxStaleMs,
      watchScope,
      ...(ref === undefined ? {} : { ref }),
    });
    const own: Watch = {
      refresh: () => watch.refresh?.(),
      close() {
        if (!mine.delete(own)) return;
        if (mine.size === 0) listeners.delete(listener);
        watch.close();
      },
    };
    mine.add(own);
    return own;
  };
  return {
    watch: (target, observer, { ref } = {}) => enter(ref, (wanted) => source.watch(target, observer, wanted)),
    readService: (target, reader, { ref } = {}) =>
      enter(ref, (wanted) => source.readService(target, reader, wanted)),
    close() {
      for (const watch of [...mine]) watch.close();
    },
  };
}

/**
 * The watches of this process for these credentials: everybody who asks with the same ones shares one watch per
 * Service (or one for many), whatever else they want. It ends by itself `lingerMs` after its last user. Nothing connects before the
 * first watch. Throws ACCESS_INVALID when no credentials are found.
 */
export function sharedKubernetesSource(options: SharedSourceOptions = {}): SharedSource {
  const { context, clock = systemClock, random = Math.random, keep = false } = options;
  // As loadAccess() looks: an option and a variable that name the same files are the same credentials.
  const kubeconfig = options.kubeconfig || process.env.KUBECONFIG || undefined;
  const identity = { kubeconfig, context, clock, random };
  const entry = [...entries].find((each) => sameIdentity(each.identity, identity)) ?? open(identity, options);
  entry.keep ||= keep;
  return { access: entry.access, client: entry.client, source: sourceFor(entry, options) };
}
