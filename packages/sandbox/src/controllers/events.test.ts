import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Controller } from './controller.js';
import { createEventExpiry } from './event-expiry.js';
import { recordEvent } from './events.js';
import { type ControllerBench, createBench, createRecordingLogger } from './testing.js';

let bench: ControllerBench;
let controller: Controller | undefined;

beforeEach(() => {
  bench = createBench();
});

afterEach(() => controller?.close());

const about = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'shop', uid: 'u1' } };
const events = (namespace = 'shop') => bench.api.list('events', namespace);

function say(message: string): void {
  recordEvent(bench.context, 'test', { about, type: 'Normal', reason: 'Tested', message });
}

describe('recordEvent', () => {
  it('writes what kubectl describe shows', () => {
    say('it works');
    expect(events()).toMatchObject([
      {
        involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web', uid: 'u1' },
        type: 'Normal',
        reason: 'Tested',
        message: 'it works',
        source: { component: 'test' },
        count: 1,
        firstTimestamp: '2030-01-01T00:00:00Z',
        lastTimestamp: '2030-01-01T00:00:00Z',
      },
    ]);
  });

  it('counts what it has said before and keeps the rest apart', async () => {
    say('a');
    say('b');
    await bench.advance(5_000);
    say('a');
    const counts = events().map(({ message, count, firstTimestamp, lastTimestamp }) => [
      message,
      count,
      firstTimestamp === lastTimestamp,
    ]);
    expect(counts.sort()).toEqual([
      ['a', 2, false],
      ['b', 1, true],
    ]);
  });

  it('puts events of cluster-scoped objects into namespace default', () => {
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-a', uid: 'n1' } };
    recordEvent(bench.context, 'test', { about: node, type: 'Warning', reason: 'Tested', message: 'm' });
    expect(events('default')).toHaveLength(1);
  });

  it('never fails: an event that is refused is logged at debug', () => {
    const logger = createRecordingLogger();
    const lost = { ...about, metadata: { ...about.metadata, namespace: 'nowhere' } };
    recordEvent({ ...bench.context, logger }, 'test', {
      about: lost,
      type: 'Normal',
      reason: 'R',
      message: 'm',
    });
    expect(logger.lines).toMatchObject([{ level: 'debug', msg: 'event was not recorded' }]);
  });
});

describe('expiry', () => {
  it('removes an event an hour after it was last counted', async () => {
    controller = createEventExpiry(bench.context);
    say('a');
    say('b');
    await bench.advance(1_800_000);
    say('a');
    await bench.advance(1_800_000);
    expect(events().map(({ message }) => message)).toEqual(['a']);
    await bench.advance(1_800_000);
    expect(events()).toEqual([]);
    say('c');
    await bench.advance(3_600_000);
    expect(events()).toEqual([]);
  });

  it('keeps no more than the limit, the newest', async () => {
    controller = createEventExpiry(bench.context, { maxEvents: 3 });
    for (const message of ['a', 'b', 'c', 'd', 'a', 'e']) say(message);
    await bench.settle();
    expect(
      events()
        .map(({ message }) => message)
        .sort(),
    ).toEqual(['a', 'd', 'e']);
  });
});
