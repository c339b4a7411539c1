import { pendingTimers } from './instruments.js';
import type { Holdings } from './messages.js';
import { openSockets } from './sockets.js';

/** What this process holds, after garbage collection. */
export async function hold(): Promise<Holdings> {
  // The first run frees what finalizers of the second look at.
  for (let run = 0; run < 2; run++) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, rss } = process.memoryUsage();
  const handles: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) {
    if (kind !== 'Immediate' && kind !== 'Timeout') handles[kind] = (handles[kind] ?? 0) + 1;
  }
  const { count: sockets } = openSockets();
  const timerPlaces = pendingTimers();
  return {
    ...{ sockets, timers: timerPlaces.length, timerPlaces, handles },
    ...{ heapBytes: heapUsed, rssBytes: rss },
  };
}
