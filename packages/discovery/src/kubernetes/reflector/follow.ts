import type { Clock, Random, Timer } from '../../clock.js';
import type { KubeClient, KubeObject, ResourceRef, WatchEvent, WatchOptions } from '../client/client.js';
import { kubeErrorFromStatus } from '../client/kube-error.js';
import type { Outcome, Step } from './decide.js';

const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';
/** A watch-list that is silent for so long, before its headers or its bookmark, is not one (ms). */
export const SILENT_MS = 10_000;
/** Range of `timeoutSeconds`, client-go's: random, so that watches do not all end together. */
const WATCH_SECONDS = { least: 300, most: 600 };

export interface FollowRequest<T extends KubeObject, L> {
  readonly client: KubeClient;
  readonly ref: ResourceRef;
  readonly options: WatchOptions & { readonly ref: boolean };
  readonly clock: Clock;
  readonly random: Random;
  /** As in `ReflectorOptions`. */
  readonly prepare: (object: T) => L;
}

/** What a watch tells while it runs. After `stopped()` is true nothing more is told. */
export interface Follower<T extends KubeObject, L> {
  /** A plain watch was accepted. */
  opened(): void;
  /** A watch-list is complete. */
  synced(items: readonly L[], rv: string): void;
  /** A change, or a bookmark that only moves the version. */
  event(event: WatchEvent<T>): void;
  stopped(): boolean;
}

function watchQuery(step: Step, random: Random): Readonly<Record<string, string | number | boolean>> {
  const { least, most } = WATCH_SECONDS;
  return {
    allowWatchBookmarks: true,
    timeoutSeconds: Math.floor(least + random() * (most - least + 1)),
    ...(step.rv === '' ? {} : { resourceVersion: step.rv }),
    ...(step.kind === 'watchList' ? { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' } : {}),
  };
}

const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name ?? ''}`;

/** Gathers the objects of a watch-list until the bookmark that ends them. */
interface Gathering<T extends KubeObject, L> {
  /** True when the event completed the list. */
  add(event: WatchEvent<T>): boolean;
  items(): readonly L[];
}

function createGathering<T extends KubeObject, L>(prepare: (object: T) => L): Gathering<T, L> {
  const objects = new Map<string, L>();
  return {
    add({ type, object }) {
      if (type === 'BOOKMARK') return object.metadata.annotations?.[INITIAL_EVENTS_END] === 'true';
      if (type === 'DELETED') objects.delete(keyOf(object));
      else objects.set(keyOf(object), prepare(object));
      return false;
    },
    items: () => [...objects.values()],
  };
}

/** Fires when a watch-list is silent; each event winds it up again. */
function createSilence(clock: Clock, ref: boolean, fire: () => void): { wind(): void; stop(): void } {
  let timer: Timer | undefined;
  return {
    wind() {
      timer?.cancel();
      timer = clock.setTimeout(fire, SILENT_MS);
      if (!ref) timer.unref();
    },
    stop: () => timer?.cancel(),
  };
}

/** Runs one watch (or watch-list) to its end. Never rejects: whatever happens is an outcome. */
export async function follow<T extends KubeObject, L>(
  request: FollowRequest<T, L>,
  step: Step & { kind: 'watch' | 'watchList' },
  follower: Follower<T, L>,
): Promise<Outcome> {
  const { client, ref, options, clock, random, prepare } = request;
  const startedAtMs = clock.now();
  const abort = new AbortController();
  const outer = options.signal;
  const forward = (): void => abort.abort(outer?.reason);
  outer?.addEventListener('abort', forward, { once: true });
  let gathering = step.kind === 'watchList' ? createGathering(prepare) : undefined;
  let silent = false;
  const silence = createSilence(clock, options.ref, () => {
    silent = true;
    abort.abort();
  });
  let opened = false;
  let events = 0;
  try {
    if (gathering) silence.wind();
    const query = { ...options.query, ...watchQuery(step, random) };
    const stream = await client.watch<T>(ref, { ...options, query, signal: abort.signal });
    opened = true;
    if (gathering) silence.wind();
    else if (!follower.stopped()) follower.opened();
    for await (const event of stream) {
      if (follower.stopped()) break;
      events += 1;
      if (event.type === 'ERROR') throw kubeErrorFromStatus(event.object);
      if (!gathering) {
        follower.event(event);
        continue;
      }
      silence.wind();
      if (!gathering.add(event)) continue;
      silence.stop();
      const items = gathering.items();
      gathering = undefined;
      follower.synced(items, event.object.metadata.resourceVersion ?? '');
    }
    return { kind: 'ended', tookMs: clock.now() - startedAtMs, events };
  } catch (error) {
    if (silent) return { kind: 'silent', opened };
    return { kind: 'failed', error, tookMs: clock.now() - startedAtMs, opened };
  } finally {
    silence.stop();
    outer?.removeEventListener('abort', forward);
  }
}
