import type { KubeObject } from '../../objects.js';
import type { ResponseStream, StreamingAnswer } from '../http/answer.js';
import type { ResourceContext } from '../http/context.js';
import { representationOf } from '../http/representation.js';
import { isTrue } from '../http/request-info.js';
import type { KindInfo } from '../kinds.js';
import { tooLargeResourceVersion } from '../refusals.js';
import { ApiStatus } from '../status.js';
import type { StoreEvent } from '../store.js';
import { type EventEncoder, lineOf } from '../watch/event-encoder.js';
import { every, Watcher } from '../watch/watcher.js';
import { parseInteger, parseSelection, parseVersionOptions, type VersionOptions } from './list-options.js';

/** Upstream sends a last bookmark so long before it ends a watch. */
const LAST_BOOKMARK_MS = 2_000;

/** What a watch starts with. */
interface Start {
  /** Sent as ADDED. */
  readonly objects: readonly KubeObject[];
  /** Sent as what they are. */
  readonly events: readonly StoreEvent[];
  readonly afterVersion: number;
  /** Whether a bookmark ends the initial objects. */
  readonly announced: boolean;
}

/** GET of a watch stream. */
export function watchObjects(
  context: ResourceContext,
  kind: KindInfo,
  encoder: EventEncoder,
): StreamingAnswer {
  const { services, query, target } = context;
  const representation = representationOf(context);
  const namespace = kind.namespaced ? target.namespace : undefined;
  const selection = parseSelection(query, kind.resource, target.name);
  const matches = (object: KubeObject) =>
    (namespace === undefined || object.metadata.namespace === namespace) && selection.matches(object);
  const options = parseVersionOptions(query, true);
  const lifeMs = lifeOf(context);
  const { version } = options;
  if (options.sendInitialEvents && version !== undefined && version > services.cluster.resourceVersion) {
    throw tooLargeResourceVersion(version, services.cluster.resourceVersion);
  }
  return {
    stream(out) {
      out.open('application/json');
      const start = startOf(context, kind, options);
      if (start instanceof ApiStatus) {
        // After authorization upstream refuses only inside the stream: clients look for it there.
        out.write(lineOf('ERROR', start.toObject()));
        out.end();
        return;
      }
      const { bufferBytes } = services.watch;
      const { afterVersion } = start;
      const watcher = new Watcher(out, { kind, representation, encoder, bufferBytes, matches, afterVersion });
      watcher.sendInitial(start.objects.filter(matches));
      const bookmarks = isTrue(query.get('allowWatchBookmarks'));
      if (bookmarks && start.announced) watcher.sendBookmark(services.cluster.resourceVersion, true);
      for (const event of start.events) watcher.sendEvent(event);
      run(context, { watcher, out, kind, bookmarks, lifeMs });
    },
  };
}

interface Running {
  readonly watcher: Watcher;
  readonly out: ResponseStream;
  readonly kind: KindInfo;
  readonly bookmarks: boolean;
  readonly lifeMs: number;
}

function run({ services }: ResourceContext, { watcher, out, kind, bookmarks, lifeMs }: Running): void {
  const { cluster, clock, watch } = services;
  const bookmark = () => watcher.sendBookmark(cluster.resourceVersion);
  const stops = [cluster.subscribe(kind.resource, (event) => watcher.sendEvent(event))];
  if (bookmarks) {
    stops.push(every(clock, watch.bookmarkMs, bookmark));
    if (lifeMs > LAST_BOOKMARK_MS) {
      const last = clock.setTimeout(bookmark, lifeMs - LAST_BOOKMARK_MS);
      stops.push(() => last.cancel());
    }
  }
  const end = clock.setTimeout(() => watcher.end(), lifeMs);
  stops.push(() => end.cancel());
  out.onClose(() => {
    for (const stop of stops) stop();
    watcher.discard();
  });
}

function startOf(
  { services, target }: ResourceContext,
  kind: KindInfo,
  options: VersionOptions,
): Start | ApiStatus {
  const { cluster } = services;
  const { version, sendInitialEvents } = options;
  const namespace = kind.namespaced ? target.namespace : undefined;
  const fresh = version === undefined || version === 0;
  if (sendInitialEvents === true || (sendInitialEvents === undefined && fresh)) {
    const objects = cluster.list(kind.resource, namespace);
    return {
      objects,
      events: [],
      afterVersion: cluster.resourceVersion,
      announced: sendInitialEvents === true,
    };
  }
  if (fresh) return { objects: [], events: [], afterVersion: cluster.resourceVersion, announced: false };
  try {
    const events = cluster.eventsSince(kind.resource, version);
    return { objects: [], events, afterVersion: version, announced: false };
  } catch (error) {
    if (error instanceof ApiStatus) return error;
    throw error;
  }
}

function lifeOf({ query, services }: ResourceContext): number {
  const seconds = parseInteger(query, 'timeoutSeconds');
  if (seconds !== undefined && seconds > 0) return seconds * 1000;
  const { minLifeMs, random } = services.watch;
  return minLifeMs * (1 + random());
}
