import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../objects.js';
import type { Form } from '../http/accept.js';
import type { ResponseStream } from '../http/answer.js';
import { kindByResource } from '../kinds/index.js';
import type { StoreEvent } from '../store.js';
import { EventEncoder } from './event-encoder.js';
import { Watcher, type WatcherOptions } from './watcher.js';

const KIND = kindByResource('configmaps')!;

class FakeStream implements ResponseStream {
  lines: { type: string; object: KubeObject & { rows?: unknown[]; columnDefinitions?: unknown } }[] = [];
  buffers: Buffer[] = [];
  state: 'open' | 'ended' | 'destroyed' = 'open';
  full = false;
  drained = () => {};
  open() {}
  write(chunk: string | Buffer): boolean {
    this.buffers.push(Buffer.from(chunk));
    this.lines.push(JSON.parse(chunk.toString()));
    return !this.full;
  }
  end() {
    this.state = 'ended';
  }
  destroy() {
    this.state = 'destroyed';
  }
  onDrain(fn: () => void) {
    this.drained = fn;
  }
  onClose() {}
  /** What was written, in short: `ADDED a@3`. */
  get short(): string[] {
    return this.lines.map(
      ({ type, object }) => `${type} ${object.metadata.name ?? ''}@${object.metadata.resourceVersion}`,
    );
  }
}

function configMap(name: string, version: number, labels: Record<string, string> = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'ns', resourceVersion: String(version), labels },
  };
}

function event(type: StoreEvent['type'], object: KubeObject, old?: KubeObject): StoreEvent {
  const resourceVersion = Number(object.metadata.resourceVersion);
  return { type, resource: 'configmaps', object, ...(old ? { old } : {}), resourceVersion };
}

const encoder = () => new EventEncoder(() => 0);

function watcher(options: Partial<WatcherOptions> & { form?: Form } = {}) {
  const out = new FakeStream();
  const { form = 'object', ...rest } = options;
  const made = new Watcher(out, {
    kind: KIND,
    representation: { form, includeObject: 'Metadata' },
    encoder: encoder(),
    bufferBytes: 10_000,
    matches: () => true,
    afterVersion: 0,
    ...rest,
  });
  return { out, watcher: made };
}

describe('a selection', () => {
  const matches = ({ metadata }: KubeObject) => metadata.labels?.app === 'x';
  const inside = (version: number) => configMap('a', version, { app: 'x' });
  const outside = (version: number) => configMap('a', version);

  it.each([
    ['comes into being inside', event('ADDED', inside(5)), ['ADDED a@5']],
    ['comes into being outside', event('ADDED', outside(5)), []],
    ['changes inside', event('MODIFIED', inside(5), inside(4)), ['MODIFIED a@5']],
    ['changes outside', event('MODIFIED', outside(5), outside(4)), []],
    ['enters', event('MODIFIED', inside(5), outside(4)), ['ADDED a@5']],
    ['leaves', event('MODIFIED', outside(5), inside(4)), ['DELETED a@5']],
    ['goes from inside', event('DELETED', inside(5), inside(4)), ['DELETED a@5']],
    ['goes from outside', event('DELETED', outside(5), outside(4)), []],
  ])('when an object %s', (_what, change, expected) => {
    const { out, watcher: made } = watcher({ matches });
    made.sendEvent(change);
    expect(out.short).toEqual(expected);
  });

  it('shows an object that leaves in its old form', () => {
    const { out, watcher: made } = watcher({ matches });
    made.sendEvent(event('MODIFIED', outside(5), inside(4)));
    expect(out.lines[0]?.object.metadata).toMatchObject({ labels: { app: 'x' }, resourceVersion: '5' });
  });
});

it('skips what the client has seen', () => {
  const { out, watcher: made } = watcher({ afterVersion: 5 });
  made.sendEvent(event('ADDED', configMap('a', 5)));
  made.sendEvent(event('ADDED', configMap('b', 6)));
  expect(out.short).toEqual(['ADDED b@6']);
});

it('serialises a change once for all watchers of the same form', () => {
  const shared = encoder();
  const change = event('ADDED', configMap('a', 5));
  const [first, second] = [watcher({ encoder: shared }), watcher({ encoder: shared })];
  const calls: Buffer[] = [];
  for (const { out } of [first, second]) {
    out.write = (chunk) => {
      calls.push(chunk as Buffer);
      return true;
    };
  }
  first.watcher.sendEvent(change);
  second.watcher.sendEvent(change);
  expect(calls[0]).toBe(calls[1]);
});

it('says the columns of a table once', () => {
  const { out, watcher: made } = watcher({ form: 'table' });
  made.sendEvent(event('ADDED', configMap('a', 5)));
  made.sendEvent(event('ADDED', configMap('b', 6)));
  expect(out.lines.map(({ object }) => Array.isArray(object.columnDefinitions))).toEqual([true, false]);
  expect(out.lines.map(({ object }) => object.rows?.length)).toEqual([1, 1]);
});

it('ends a streamed list with an annotated bookmark', () => {
  const { out, watcher: made } = watcher();
  made.sendInitial([configMap('a', 3)]);
  made.sendBookmark(9, true);
  expect(out.short).toEqual(['ADDED a@3', 'BOOKMARK @9']);
  expect(out.lines[1]?.object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
});

it('waits for a client that does not read, and goes on in order', () => {
  const { out, watcher: made } = watcher();
  out.full = true;
  made.sendInitial([configMap('a', 1), configMap('b', 2)]);
  made.sendEvent(event('ADDED', configMap('c', 3)));
  made.sendBookmark(3);
  expect(out.short).toEqual(['ADDED a@1']);
  out.full = false;
  out.drained();
  expect(out.short).toEqual(['ADDED a@1', 'ADDED b@2', 'ADDED c@3', 'BOOKMARK @3']);
});

it('gives up a client that leaves too much unread', () => {
  const { out, watcher: made } = watcher({ bufferBytes: 500 });
  out.full = true;
  for (let i = 1; i < 20; i++) made.sendEvent(event('ADDED', configMap('a', i)));
  expect(out.state).toBe('destroyed');
  expect(out.lines).toHaveLength(1);
});

it('ends only behind what it still has to say', () => {
  const { out, watcher: made } = watcher();
  out.full = true;
  made.sendEvent(event('ADDED', configMap('a', 1)));
  made.sendEvent(event('ADDED', configMap('b', 2)));
  made.end();
  expect(out.state).toBe('open');
  out.full = false;
  out.drained();
  expect(out.short).toEqual(['ADDED a@1', 'ADDED b@2']);
  expect(out.state).toBe('ended');
});

it('says nothing to a client that is gone', () => {
  const { out, watcher: made } = watcher();
  made.discard();
  made.sendEvent(event('ADDED', configMap('a', 1)));
  made.sendBookmark(1);
  expect(out.lines).toEqual([]);
});
