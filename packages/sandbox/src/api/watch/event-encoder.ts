import type { KubeObject } from '../../objects.js';
import { type Representation, represent } from '../http/representation.js';
import type { KindInfo } from '../kinds.js';
import type { StoreEvent } from '../store.js';

/** Type of a watch event on the wire. */
export type WireType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';

/** What one line of a watch says. */
export interface WireEvent {
  readonly type: WireType;
  readonly object: KubeObject;
}

/** Lines of the latest events: many watchers ask for the same line at nearly the same time, later ones hardly ever. */
const CACHED_LINES = 256;

/** Makes the lines of watch streams, each one once for all watchers that want it in the same form. */
export class EventEncoder {
  readonly #lines = new Map<string, Buffer>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** A line about a change, shared by all watchers of the same form. */
  shared(event: StoreEvent, wire: WireEvent, scope: LineScope): Buffer {
    const { form, includeObject } = scope.representation;
    const key = `${event.resourceVersion} ${scope.kind.version} ${wire.type} ${form} ${includeObject} ${scope.columns}`;
    const cached = this.#lines.get(key);
    if (cached) return cached;
    const made = this.line(wire, scope);
    this.#lines.set(key, made);
    if (this.#lines.size > CACHED_LINES) {
      for (const oldest of this.#lines.keys()) {
        this.#lines.delete(oldest);
        break;
      }
    }
    return made;
  }

  /** A line of one watcher alone. */
  line({ type, object }: WireEvent, { kind, representation, columns }: LineScope): Buffer {
    const shown = represent(object, { kind, representation, nowMs: this.#now() }, columns);
    return lineOf(type, shown);
  }
}

/** In which form a line is made. */
export interface LineScope {
  readonly kind: KindInfo;
  readonly representation: Representation;
  /** Whether a table says its columns: in the first event of a watch. */
  readonly columns: boolean;
}

/** One line of a watch stream. */
export function lineOf(type: WireType, object: object): Buffer {
  return Buffer.from(`{"type":"${type}","object":${JSON.stringify(object)}}\n`);
}
