import { afterAll, beforeAll, expect } from 'vitest';

/** Kinds of handles that a test must close: sockets, servers, child processes, file watchers. */
const WATCHED = /^(TCP|UDP|Pipe|TLS|Process|FSEvent|HTTP)/;
/** How long a handle may take to close after its owner's close() resolved. */
const DEADLINE_MS = 5_000;

function openHandles(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) {
    if (WATCHED.test(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

function leaks(before: Map<string, number>): string[] {
  return [...openHandles()]
    .filter(([kind, count]) => count > (before.get(kind) ?? 0))
    .map(([kind, count]) => `${kind} ${before.get(kind) ?? 0} -> ${count}`);
}

let before: Map<string, number>;

beforeAll(() => {
  before = openHandles();
});

afterAll(async () => {
  const deadline = Date.now() + DEADLINE_MS;
  while (leaks(before).length > 0 && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(leaks(before), 'handles left open by this file').toEqual([]);
});
