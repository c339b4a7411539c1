import { EventEmitter } from 'node:events';
import type { ClientRequest } from 'node:http';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../test/doubles/virtual-clock.js';
import { exchange, UNANSWERED, UNCONNECTED } from './exchange.js';

/** A request that is sent nowhere, with as much of a socket as it has got. */
function requestOn(socket: { readonly connecting: boolean } | null): ClientRequest {
  const request = Object.assign(new EventEmitter(), {
    socket,
    end: () => {},
    destroy: (reason: Error) => request.emit('error', reason),
  });
  return request as unknown as ClientRequest;
}

describe('exchange', () => {
  it.each([
    ['has no socket yet', null, UNCONNECTED, 'nobody accepts a connection for 30000 ms'],
    ['is still connecting', { connecting: true }, UNCONNECTED, 'nobody accepts a connection for 30000 ms'],
    ['is connected', { connecting: false }, UNANSWERED, 'no answer for 30000 ms'],
  ])('says what was waited for when it %s', async (_, socket, code, message) => {
    const clock = new VirtualClock();
    const tie = { clock, timeoutMs: 30_000, live: new Set<(reason: Error) => void>(), ref: true };
    const answer = exchange(requestOn(socket), tie).catch((error: unknown) => error);
    await clock.advance(30_000);
    expect(await answer).toMatchObject({ code, message });
    expect(clock.pending).toBe(0);
  });
});
