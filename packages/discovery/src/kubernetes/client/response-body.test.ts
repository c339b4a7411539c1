import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../test/doubles/virtual-clock.js';
import { bodyChunks } from './response-body.js';

/** An answer that is there in full, in pieces of 16 KiB. */
function answerOf(kibibytes: number): IncomingMessage {
  const pieces = Array.from({ length: kibibytes / 16 }, () => Buffer.alloc(16 * 1024));
  return Object.assign(Readable.from(pieces), { headers: {}, complete: true }) as unknown as IncomingMessage;
}

/** Turns that other work had while the body was read. */
async function turnsDuring(response: IncomingMessage): Promise<number> {
  let turns = 0;
  let reading = true;
  const count = (): void => {
    turns++;
    if (reading) setImmediate(count);
  };
  setImmediate(count);
  let bytes = 0;
  const limits = { clock: new VirtualClock(), idleMs: 1_000, ref: true };
  for await (const chunk of bodyChunks(response, limits)) bytes += chunk.length;
  reading = false;
  expect(bytes % (16 * 1024)).toBe(0);
  return turns;
}

describe('bodyChunks', () => {
  it('leaves turns to other work while a long body is read that is already there', async () => {
    const short = await turnsDuring(answerOf(48));
    const long = await turnsDuring(answerOf(48 + 1024));
    expect(long - short).toBeGreaterThanOrEqual(16);
  });
});
