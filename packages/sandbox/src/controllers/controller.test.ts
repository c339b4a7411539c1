import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { conflict } from '../api/refusals.js';
import {
  type Controller,
  type ControllerOptions,
  createController,
  keyOf,
  splitKey,
  watchSelf,
} from './controller.js';
import { type ControllerBench, createBench } from './testing.js';

let bench: ControllerBench;
let controller: Controller | undefined;

beforeEach(() => {
  bench = createBench();
});

afterEach(() => controller?.close());

function start(
  reconcile: ControllerOptions['reconcile'],
  options: Partial<ControllerOptions> = {},
): Controller {
  controller = createController({
    ...bench.context,
    name: 'test',
    watches: [watchSelf('configmaps')],
    reconcile,
    ...options,
  });
  return controller;
}

function configMap(name: string) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop' }, data: {} };
}

function touch(name: string, value: string): void {
  bench.api.modify('configmaps', 'shop', name, (copy) => {
    copy.data = { value };
  });
}

describe('queue', () => {
  it('reconciles what there is at the start, and every change once per turn', async () => {
    bench.api.create('configmaps', configMap('a'));
    const seen: string[] = [];
    start((key) => {
      seen.push(key);
      return undefined;
    });
    await bench.settle();
    expect(seen).toEqual(['shop/a']);
    for (let i = 0; i < 10; i++) touch('a', String(i));
    bench.api.create('configmaps', configMap('b'));
    await bench.settle();
    expect(seen).toEqual(['shop/a', 'shop/a', 'shop/b']);
  });

  it('handles more keys than fit in one turn', async () => {
    const seen = new Set<string>();
    start((key) => {
      seen.add(key);
      return undefined;
    });
    for (let i = 0; i < 200; i++) bench.api.create('configmaps', configMap(`c-${i}`));
    await bench.settle();
    expect(seen.size).toBe(200);
  });

  it('comes back to a key after the time that reconcile asks for, and forgets that time after an event', async () => {
    const seenMs: number[] = [];
    const startMs = bench.clock.now();
    start(() => {
      seenMs.push(bench.clock.now() - startMs);
      return seenMs.length < 4 ? 1000 : undefined;
    });
    bench.api.create('configmaps', configMap('a'));
    await bench.settle();
    await bench.advance(600);
    touch('a', 'x');
    await bench.settle();
    await bench.advance(5000);
    expect(seenMs).toEqual([0, 600, 1600, 2600]);
  });

  it('does nothing after close, and close may be called twice', async () => {
    let calls = 0;
    const loop = start(() => {
      calls++;
      return 10;
    });
    bench.api.create('configmaps', configMap('a'));
    await bench.settle();
    loop.close();
    loop.close();
    touch('a', 'x');
    loop.enqueue('shop/a');
    await bench.settle();
    await bench.advance(1000);
    expect(calls).toBe(1);
  });
});

describe('failures', () => {
  it('retries with doubling, jittered delays, then waits for the next event', async () => {
    const triesMs: number[] = [];
    const startMs = bench.clock.now();
    start(
      () => {
        triesMs.push(bench.clock.now() - startMs);
        throw new Error('no luck');
      },
      { maxRetries: 3, backoff: { baseMs: 100, maxMs: 300 } },
    );
    bench.api.create('configmaps', configMap('a'));
    await bench.settle();
    await bench.advance(60_000);
    // The bench's random is 0.5: three quarters of 100, 200 and 300 ms.
    expect(triesMs).toEqual([0, 75, 225, 450]);
    const lines = bench.logger.lines.map(({ level, msg }) => `${level}: ${msg}`);
    expect(lines).toEqual([
      'warn: controller failed, it will retry',
      'debug: controller retries',
      'debug: controller retries',
      'error: controller gives up until the next event',
    ]);
    touch('a', 'x');
    await bench.settle();
    expect(triesMs).toHaveLength(5);
  });

  it('retries a conflict without a warning, and other keys go on', async () => {
    const done: string[] = [];
    start((key) => {
      if (key === 'shop/a' && !done.includes('a failed')) {
        done.push('a failed');
        throw conflict({ kind: 'ConfigMap', resource: 'configmaps', group: '' }, 'a', 'modified');
      }
      done.push(key);
      return undefined;
    });
    bench.api.create('configmaps', configMap('a'));
    bench.api.create('configmaps', configMap('b'));
    await bench.settle();
    await bench.advance(100);
    expect(done).toEqual(['a failed', 'shop/b', 'shop/a']);
    expect(bench.logger.lines.map(({ level }) => level)).toEqual(['debug']);
  });

  it('logs an event that it cannot read and goes on with the next', async () => {
    const seen: string[] = [];
    const keys: ControllerOptions['watches'][number]['keys'] = ({ object }) => {
      if (object.metadata.name === 'bad') throw new TypeError('unreadable');
      return [keyOf(object)];
    };
    start(
      (key) => {
        seen.push(key);
        return undefined;
      },
      { watches: [{ resource: 'configmaps', keys }] },
    );
    bench.api.create('configmaps', configMap('bad'));
    bench.api.create('configmaps', configMap('good'));
    await bench.settle();
    expect(seen).toEqual(['shop/good']);
    expect(bench.logger.lines).toMatchObject([{ level: 'error', fields: { key: 'shop/bad' } }]);
  });
});

it('keeps keys of cluster-scoped objects apart from namespaced ones', () => {
  expect(splitKey(keyOf({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } }))).toEqual({
    namespace: undefined,
    name: 'n',
  });
  expect(splitKey('shop/a')).toEqual({ namespace: 'shop', name: 'a' });
});
