import { type Controller, type ControllerContext, createController, keyOf, splitKey } from './controller.js';

/** Options of the expiry of events. */
interface EventExpiryOptions {
  /** How long an Event is kept after its last change. Default one hour, as upstream. */
  readonly ttlMs?: number;
  /** How many Events are kept in all; the longest unchanged go first. Default 5000. */
  readonly maxEvents?: number;
}

const SWEEP = '/sweep';

/** Removes old Events, so that a cluster that lives long does not grow. */
export function createEventExpiry(
  context: ControllerContext,
  { ttlMs = 3_600_000, maxEvents = 5000 }: EventExpiryOptions = {},
): Controller {
  const { api, clock } = context;
  /** Time of the last change by key, longest unchanged first. */
  const changedMs = new Map<string, number>();

  function reconcile(): number | undefined {
    for (const [key, atMs] of changedMs) {
      const leftMs = atMs + ttlMs - clock.now();
      if (leftMs > 0 && changedMs.size <= maxEvents) return leftMs;
      const { namespace, name } = splitKey(key);
      api.delete('events', namespace, name);
      changedMs.delete(key);
    }
    return undefined;
  }

  return createController({
    ...context,
    name: 'event-expiry',
    watches: [
      {
        resource: 'events',
        keys({ type, object }) {
          const key = keyOf(object);
          // Deleting first moves the key to the end.
          changedMs.delete(key);
          if (type === 'DELETED') return [];
          changedMs.set(key, clock.now());
          // One timer runs for the oldest; only the first event and those beyond the limit need a look now.
          return changedMs.size === 1 || changedMs.size > maxEvents ? [SWEEP] : [];
        },
      },
    ],
    reconcile,
  });
}
