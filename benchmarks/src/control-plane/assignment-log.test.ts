import { describe, expect, it } from 'vitest';
import { AssignmentLog } from './assignment-log.js';
import { field } from './protobuf.js';
import type { Response } from './wire.js';

/** A response with one Service whose newest endpoint has this number. */
function responseOf(service: string, number: number): Response {
  const hosts = [number - 1, number].map((n) => field(2, `10.0.${n >> 8}.${n & 255}`));
  const assignment = Buffer.concat([field(1, `${service}.bench:8080`), ...hosts]);
  return { type: 'endpoints', version: '', nonce: '', resources: [field(2, assignment)] };
}

describe('what clients were told', () => {
  it('makes each change as old as the first response that has it, or a later one', () => {
    const log = new AssignmentLog();
    const made = [300, 301, 302].map((number, n) => ({ service: 'a', number, atMs: 100 + n }));
    log.add('sotw', { client: 'x', response: responseOf('a', 300), atMs: 101 });
    log.add('sotw', { client: 'y', response: responseOf('a', 301), atMs: 104 });
    expect(log.knows(made)).toBe(false);
    log.add('sotw', { client: 'x', response: responseOf('a', 302), atMs: 110 });
    log.add('sotw', { client: 'y', response: responseOf('a', 302), atMs: 112 });
    expect(log.knows(made)).toBe(true);
    // x: 1, 9, 8. y: 4, 3, 10.
    expect(log.staleness(made)).toMatchObject({ p50Ms: 6, maxMs: 10, firstMs: 1, lastMs: 4, responses: 2 });
  });

  it('counts for those only who have the Service, and is forgotten when it was counted', () => {
    const log = new AssignmentLog();
    log.add('sotw', { client: 'x', response: responseOf('a', 5), atMs: 7 });
    log.add('sotw', { client: 'y', response: responseOf('b', 9), atMs: 8 });
    expect(log.staleness([{ service: 'a', number: 5, atMs: 6 }])).toMatchObject({ maxMs: 1, responses: 1 });
    expect(log.knows([{ service: 'b', number: 9, atMs: 6 }])).toBe(false);
  });
});
