import type { KubeObject } from '../../objects.js';
import type { Timer } from '../clock.js';
import type { ResponseStream } from '../http/answer.js';
import type { Representation } from '../http/representation.js';
import type { KindInfo } from '../kinds.js';
import { apiVersionOf } from '../storage/metadata.js';
import type { StoreEvent } from '../store.js';
import type { EventEncoder, WireEvent } from './event-encoder.js';
import { lineOf } from './event-encoder.js';

/** Annotation of the bookmark that ends the initial events of a streamed list. */
const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

/** What one watcher wants. */
export interface WatcherOptions {
  readonly kind: KindInfo;
  readonly representation: Representation;
  readonly encoder: EventEncoder;
  readonly bufferBytes: number;
  /** Whether an object belongs to this watch. */
  matches(object: KubeObject): boolean;
  /** Changes up to this version were seen by the client already. */
  readonly afterVersion: number;
}

/** Writes one watch stream: what it cannot write at once waits, up to a bound. */
export class Watcher {
  readonly #options: WatcherOptions;
  readonly #out: ResponseStream;
  /** Initial objects are encoded as the client takes them, so a slow one costs no memory. */
  #initial: readonly KubeObject[] = [];
  #initialSent = 0;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #blocked = false;
  #columnsSent = false;
  #ended = false;

  constructor(out: ResponseStream, options: WatcherOptions) {
    this.#out = out;
    this.#options = options;
    out.onDrain(() => {
      this.#blocked = false;
      this.#flush();
    });
  }

  /** Sends the objects that there are as ADDED; to be called before any event. */
  sendInitial(objects: readonly KubeObject[]): void {
    this.#initial = objects;
    this.#flush();
  }

  /** Tells of a change, as far as it concerns this watch. */
  sendEvent(event: StoreEvent): void {
    if (this.#ended || event.resourceVersion <= this.#options.afterVersion) return;
    const wire = this.#wireEvent(event);
    if (wire) this.#push(this.#options.encoder.shared(event, wire, this.#scope()));
  }

  /** Tells how far the client has seen everything. */
  sendBookmark(version: number, initialEventsEnd = false): void {
    const { kind, representation } = this.#options;
    const bookmark = {
      kind: representation.form === 'metadata' ? 'PartialObjectMetadata' : kind.kind,
      apiVersion: representation.form === 'metadata' ? 'meta.k8s.io/v1' : apiVersionOf(kind),
      metadata: {
        resourceVersion: String(version),
        creationTimestamp: null,
        ...(initialEventsEnd ? { annotations: { [INITIAL_EVENTS_END]: 'true' } } : {}),
      },
    };
    this.#push(lineOf('BOOKMARK', representation.form === 'table' ? tableBookmark(bookmark) : bookmark));
  }

  /** Ends the stream properly, behind all that was sent. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#flush();
  }

  /** The client is gone: nothing is written from now on. */
  discard(): void {
    this.#ended = true;
    this.#blocked = true;
    this.#queue = [];
    this.#initial = [];
  }

  #scope() {
    const { kind, representation } = this.#options;
    const columns = !this.#columnsSent;
    this.#columnsSent = true;
    return { kind, representation, columns };
  }

  /** An object that enters the selection is ADDED, one that leaves it DELETED, whatever the write was. */
  #wireEvent({ type, object, old, resourceVersion }: StoreEvent): WireEvent | undefined {
    const before = old !== undefined && type !== 'ADDED' && this.#options.matches(old);
    if (type === 'DELETED') return before ? { type, object } : undefined;
    if (this.#options.matches(object)) return { type: before ? 'MODIFIED' : 'ADDED', object };
    if (!before) return undefined;
    // The client knows the old form; the version tells it how far it has seen.
    const metadata = { ...old.metadata, resourceVersion: String(resourceVersion) };
    return { type: 'DELETED', object: { ...old, metadata } };
  }

  #push(line: Buffer): void {
    if (this.#ended) return;
    this.#queue.push(line);
    this.#queuedBytes += line.length;
    this.#flush();
    if (this.#queuedBytes <= this.#options.bufferBytes) return;
    this.#ended = true;
    this.#out.destroy();
  }

  #flush(): void {
    while (!this.#blocked) {
      const line = this.#nextLine();
      if (!line) break;
      this.#blocked = !this.#out.write(line);
    }
    if (this.#ended && !this.#initial[this.#initialSent] && this.#queue.length === 0) this.#out.end();
  }

  #nextLine(): Buffer | undefined {
    const object = this.#initial[this.#initialSent];
    if (object) {
      this.#initialSent += 1;
      return this.#options.encoder.line({ type: 'ADDED', object }, this.#scope());
    }
    const line = this.#queue.shift();
    if (line) this.#queuedBytes -= line.length;
    return line;
  }
}

function tableBookmark(bookmark: { metadata: { resourceVersion: string } }): object {
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion: bookmark.metadata.resourceVersion },
    columnDefinitions: null,
    rows: [{ cells: [], object: bookmark }],
  };
}

/** Calls `fn` again and again until the returned function is called. */
export function every(clock: { setTimeout(fn: () => void, ms: number): Timer }, ms: number, fn: () => void) {
  let timer = clock.setTimeout(tick, ms);
  function tick(): void {
    timer = clock.setTimeout(tick, ms);
    fn();
  }
  return () => timer.cancel();
}
