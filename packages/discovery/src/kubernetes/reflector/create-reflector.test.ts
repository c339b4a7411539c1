import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  type Answer,
  type Asked,
  ScriptedClient,
  ScriptedStream,
} from '../../../test/doubles/scripted-client.js';
import { macrotask, VirtualClock } from '../../../test/doubles/virtual-clock.js';
import { DiscoveryError } from '../../errors.js';
import type { KubeClient, KubeList, KubeObject, WatchEvent } from '../client/client.js';
import { KubeError } from '../client/kube-error.js';
import { createReflector } from './create-reflector.js';
import type { Reflector, ReflectorHandler, ReflectorOptions } from './reflector.js';

const ref = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };
const object = (name: string, resourceVersion: string): KubeObject => ({
  metadata: { name, resourceVersion },
});
const list = (rv: string, names: readonly string[] = [], more: { continue?: string } = {}): KubeList => ({
  metadata: { resourceVersion: rv, ...more },
  items: names.map((name) => object(name, rv)),
});
const added = (name: string, rv: string): WatchEvent => ({ type: 'ADDED', object: object(name, rv) });
const bookmark = (rv: string, end = false): WatchEvent => ({
  type: 'BOOKMARK',
  object: {
    metadata: { resourceVersion: rv, annotations: end ? { 'k8s.io/initial-events-end': 'true' } : {} },
  },
});
const expiredEvent: WatchEvent = {
  type: 'ERROR',
  object: { kind: 'Status', metadata: {}, code: 410, reason: 'Expired', message: 'too old resource version' },
};
const reset = new DiscoveryError('UNREACHABLE', 'reset');

const open: Reflector[] = [];
afterEach(() => {
  for (const reflector of open.splice(0)) reflector.close();
});

/** Lets what was sent be read, then moves time on. */
async function pass(clock: VirtualClock, ms: number): Promise<void> {
  await macrotask();
  await clock.advance(ms);
}

interface Followed {
  readonly clock: VirtualClock;
  readonly client: ScriptedClient;
  readonly reflector: Reflector;
  /** Everything that the handler was told, in order. */
  readonly told: string[];
  readonly logged: string[];
}

async function follow(
  script: readonly Answer[],
  options: Partial<ReflectorOptions<KubeObject>> = {},
  handler: Partial<ReflectorHandler<KubeObject>> = {},
): Promise<Followed> {
  const clock = new VirtualClock();
  const client = new ScriptedClient(clock, script);
  const told: string[] = [];
  const logged: string[] = [];
  const log = (msg: string): void => void logged.push(msg);
  const reflector = createReflector<KubeObject>({
    client: client as Partial<KubeClient> as KubeClient,
    ref,
    clock,
    random: () => 0.5,
    logger: { debug: log, info: log, warn: log, error: log },
    handler: {
      replace: (items) => told.push(`replace ${items.map(({ metadata }) => metadata.name)}`),
      upsert: ({ metadata }) => told.push(`upsert ${metadata.name}`),
      remove: ({ metadata }) => told.push(`remove ${metadata.name}`),
      onState: (trouble) => told.push(trouble ? `${trouble.code}` : 'in sync'),
      onRestart: (reason) => told.push(`restart ${reason}`),
      ...handler,
    },
    watchList: false,
    ...options,
  });
  open.push(reflector);
  reflector.start();
  await macrotask();
  return { clock, client, reflector, told, logged };
}

const query = (asked: Asked | undefined): unknown => asked?.query;

describe('the first list', () => {
  test('comes from the cache in pages, and a watch goes on from it', async () => {
    const watch = new ScriptedStream();
    const { client, told } = await follow(
      [list('5', ['a'], { continue: 'p2' }), list('5', ['b'], { continue: 'p3' }), list('5', ['c']), watch],
      { request: { namespace: 'ns', query: { labelSelector: 'x=y' } } },
    );
    expect(client.asked.map(query)).toEqual([
      { labelSelector: 'x=y', resourceVersion: '0', limit: 500 },
      { labelSelector: 'x=y', limit: 500, continue: 'p2' },
      { labelSelector: 'x=y', limit: 500, continue: 'p3' },
      { labelSelector: 'x=y', resourceVersion: '5', allowWatchBookmarks: true, timeoutSeconds: 450 },
    ]);
    expect(client.asked.every(({ options }) => options.namespace === 'ns')).toBe(true);
    expect(told).toEqual(['replace a,b,c', 'in sync']);
  });

  test('is made in one piece when a page expired', async () => {
    const { client, told } = await follow([
      list('5', ['a'], { continue: 'p2' }),
      new KubeError(410, 'continue expired', { reason: 'Expired' }),
      list('6', ['a', 'b']),
      new ScriptedStream(),
    ]);
    expect(client.trail).toEqual(['list 0', 'list +p2', 'list 0', 'watch 6']);
    expect(client.asked[2]?.query).toEqual({ resourceVersion: '0' });
    expect(told[0]).toBe('replace a,b');
  });

  test('does not follow pages that go round in a circle', async () => {
    const script = ['p', 'q', 'p'].map((token) => list('5', ['a'], { continue: token }));
    const { client, told } = await follow(script);
    expect(told).toEqual(['restart error', 'PROTOCOL']);
    expect(client.trail).toEqual(['list 0', 'list +p', 'list +q']);
  });

  test('gives up when its pages have no end', async () => {
    let page = 0;
    const { client, told } = await follow([() => list('5', ['a'], { continue: `p${++page}` })]);
    await vi.waitFor(() => expect(told).toEqual(['restart error', 'PROTOCOL']));
    expect(client.asked).toHaveLength(2_001);
  });

  test('is delayed at random when many start together', async () => {
    const { clock, client } = await follow([list('5'), new ScriptedStream()], { firstListJitterMs: 1000 });
    expect(client.asked).toEqual([]);
    await pass(clock, 499);
    expect(client.asked).toEqual([]);
    await pass(clock, 1);
    expect(client.trail).toEqual(['list 0', 'watch 5']);
  });
});

describe('a watch-list', () => {
  test('tells nothing before its bookmark, and goes on as a watch', async () => {
    const watch = new ScriptedStream();
    const { client, told } = await follow([watch], { watchList: true });
    expect(client.asked[0]?.query).toEqual({
      allowWatchBookmarks: true,
      sendInitialEvents: true,
      resourceVersionMatch: 'NotOlderThan',
      timeoutSeconds: 450,
    });
    watch.send(added('b', '2'), added('a', '1'), added('gone', '1'), {
      type: 'DELETED',
      object: object('gone', '3'),
    });
    watch.send({ type: 'MODIFIED', object: object('a', '4') }, bookmark('4'));
    await macrotask();
    expect(told).toEqual([]);
    watch.send(bookmark('4', true), added('c', '5'));
    await macrotask();
    expect(told).toEqual(['replace b,a', 'in sync', 'upsert c']);
  });

  test('holds objects of one name in two namespaces apart', async () => {
    const watch = new ScriptedStream();
    const { told } = await follow([watch], { watchList: true });
    for (const namespace of ['a', 'b']) {
      watch.send({ type: 'ADDED', object: { metadata: { name: 'x', namespace, resourceVersion: '1' } } });
    }
    watch.send(bookmark('1', true));
    await macrotask();
    expect(told).toEqual(['replace x,x', 'in sync']);
  });

  test('that ended after its bookmark is followed by a watch from there', async () => {
    const watch = new ScriptedStream();
    const { clock, client } = await follow([watch, new ScriptedStream()], { watchList: true });
    watch.send(bookmark('4', true));
    await pass(clock, 20_000);
    watch.end();
    await macrotask();
    expect(client.trail).toEqual(['watchList', 'watch 4']);
  });

  test('that is refused gives way to lists for good', async () => {
    const { client } = await follow(
      [
        new KubeError(422, 'sendInitialEvents is forbidden', { reason: 'Invalid' }),
        list('5'),
        new ScriptedStream(),
      ],
      { watchList: true },
    );
    expect(client.trail).toEqual(['watchList', 'list 0', 'watch 5']);
  });

  test('that never tells its end gives way to a list', async () => {
    const silent = new ScriptedStream();
    const { clock, client, told } = await follow([silent, list('5', ['a']), new ScriptedStream()], {
      watchList: true,
    });
    silent.send(added('a', '1'));
    await pass(clock, 9_999);
    expect(client.trail).toEqual(['watchList']);
    await pass(clock, 1);
    expect(client.trail).toEqual(['watchList', 'list 0', 'watch 5']);
    expect(silent.left).toBe(true);
    expect(told).toEqual(['replace a', 'in sync']);
  });
});

describe('a server that holds watches back', () => {
  test('is asked for a list after ten seconds, and that is told', async () => {
    const { clock, client, told } = await follow(['hangs', list('5', ['a']), new ScriptedStream()], {
      watchList: true,
    });
    await pass(clock, 9_999);
    expect(client.trail).toEqual(['watchList']);
    await pass(clock, 1);
    expect(client.trail).toEqual(['watchList', 'list 0', 'watch 5']);
    expect(told).toEqual(['UNREACHABLE', 'replace a', 'in sync']);
  });
});

describe('a running watch', () => {
  test('tells changes, and bookmarks only move the version', async () => {
    const watch = new ScriptedStream();
    const { clock, client, told } = await follow([list('5'), watch, new ScriptedStream()]);
    watch.send(added('a', '6'), { type: 'MODIFIED', object: object('a', '7') });
    watch.send({ type: 'DELETED', object: object('a', '8') }, bookmark('11'));
    await pass(clock, 20_000);
    watch.end();
    await macrotask();
    expect(told).toEqual(['replace ', 'in sync', 'upsert a', 'upsert a', 'remove a', 'restart ended']);
    expect(client.trail).toEqual(['list 0', 'watch 5', 'watch 11']);
  });

  test('survives a handler and a logger that throw', async () => {
    const broken = (): never => {
      throw new Error('broken');
    };
    const watch = new ScriptedStream();
    const { client, told } = await follow(
      [list('5', ['a']), watch, new ScriptedStream()],
      { logger: { debug: broken, info: broken, warn: broken, error: broken } },
      { replace: broken, onRestart: broken },
    );
    watch.fail(reset);
    await vi.waitFor(() => expect(told).toEqual(['in sync', 'UNREACHABLE']));
    expect(client.trail).toEqual(['list 0', 'watch 5']);
  });

  test('survives a handler that throws', async () => {
    const watch = new ScriptedStream();
    const upserts: string[] = [];
    const { logged } = await follow(
      [list('5', ['a']), watch],
      {},
      {
        replace: () => {
          throw new Error('replace');
        },
        upsert: ({ metadata }) => {
          upserts.push(metadata.name ?? '');
          throw new Error('upsert');
        },
        onState: () => {
          throw new Error('state');
        },
      },
    );
    watch.send(added('a', '6'), added('b', '7'));
    await macrotask();
    expect(upserts).toEqual(['a', 'b']);
    expect(new Set(logged)).toEqual(new Set(['a reflector handler failed']));
  });

  test('that expired is followed by a list, and the old state stands until it is there', async () => {
    const watch = new ScriptedStream();
    const { clock, client, told } = await follow([
      list('5', ['a']),
      watch,
      new KubeError(503, 'away'),
      list('9', ['b']),
      new ScriptedStream(),
    ]);
    watch.send(expiredEvent);
    await pass(clock, 250);
    expect(client.trail).toEqual(['list 0', 'watch 5', 'list 5']);
    expect(told).toEqual(['replace a', 'in sync', 'restart expired', 'restart reset', 'API_ERROR']);
    await pass(clock, 800);
    expect(client.trail.slice(3)).toEqual(['list 5', 'watch 9']);
    expect(told.slice(5)).toEqual(['replace b', 'in sync']);
    expect(client.asked[2]?.query).toEqual({ resourceVersion: '5', resourceVersionMatch: 'NotOlderThan' });
  });

  test('that breaks goes on from where it was', async () => {
    const watch = new ScriptedStream();
    const { clock, client, told } = await follow([list('5'), watch, new ScriptedStream()]);
    watch.send(added('a', '6'));
    watch.fail(reset);
    await pass(clock, 250);
    expect(client.trail).toEqual(['list 0', 'watch 5', 'watch 6']);
    expect(told).toEqual(['replace ', 'in sync', 'upsert a', 'restart reset', 'UNREACHABLE', 'in sync']);
  });

  test('asks every few seconds while connections are refused, and goes on soon after that', async () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const refused = new DiscoveryError('UNREACHABLE', 'refused', { cause });
    const outage = Array<Answer>(30).fill(refused);
    const { clock, client, told } = await follow([list('5'), ...outage, new ScriptedStream()]);
    await pass(clock, 600_000);
    expect(client.gapsMs.slice(0, 6)).toEqual([0, 800, 1600, 3200, 5000, 5000]);
    expect(new Set(client.gapsMs.slice(4))).toEqual(new Set([5000]));
    expect(new Set(client.trail.slice(1))).toEqual(new Set(['watch 5']));
    expect(told.at(-1)).toBe('in sync');
  });

  test('waits as long as else for a server that is back and answers with errors', async () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const refused = new DiscoveryError('UNREACHABLE', 'refused', { cause });
    const outage = Array<Answer>(10).fill(refused);
    const { clock, client } = await follow([list('5'), ...outage, new KubeError(503, 'starting')]);
    await pass(clock, 120_000);
    expect(client.gapsMs.slice(-2)).toEqual([30_000, 30_000]);
  });

  test('waits longer and longer while the server breaks connections, up to half a minute', async () => {
    const away = new DiscoveryError('UNREACHABLE', 'reset');
    const { clock, client } = await follow([list('5'), away]);
    await pass(clock, 150_000);
    expect(client.gapsMs).toEqual([0, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000, 30_000]);
    expect(new Set(client.trail.slice(1))).toEqual(new Set(['watch 5']));
  });

  test('waits as long as a 429 wants', async () => {
    const throttled = new KubeError(429, 'too many requests', { retryAfterMs: 9000 });
    const { clock, client, told } = await follow([list('5'), throttled, new ScriptedStream()]);
    await pass(clock, 9_000);
    expect(client.gapsMs).toEqual([0, 9000]);
    expect(told).toEqual(['replace ', 'restart throttled', 'API_ERROR', 'in sync']);
  });

  test('that is accepted after some that ended at once counts as in sync only when it lasts', async () => {
    const short = (): ScriptedStream => {
      const stream = new ScriptedStream();
      stream.end();
      return stream;
    };
    const { clock, told } = await follow([
      list('5'),
      short(),
      short(),
      short(),
      list('6'),
      new ScriptedStream(),
    ]);
    await pass(clock, 800 + 1600 + 3200);
    const before = [
      'replace ',
      'in sync',
      'restart short',
      'restart short',
      'restart short',
      'UNREACHABLE',
      'replace ',
    ];
    expect(told).toEqual(before);
    await pass(clock, 1000);
    expect(told).toEqual([...before, 'in sync']);
  });
});

describe('what trouble says', () => {
  test.each([
    [401, 'UNAUTHORIZED', 'the API server refused the credentials (401): token file /t'],
    [
      403,
      'FORBIDDEN',
      'ServiceAccount ns:app may not list endpointslices.discovery.k8s.io in namespace ns: "fairlead doctor --rbac TARGET" prints the Role',
    ],
  ])('%i backs off and is told each time', async (status, code, message) => {
    const troubles: (DiscoveryError | null)[] = [];
    const { clock, client } = await follow(
      [new KubeError(status, 'no')],
      { request: { namespace: 'ns' } },
      { onState: (trouble) => troubles.push(trouble) },
    );
    await pass(clock, 800 + 1600);
    expect(client.trail).toEqual(['list 0', 'list 0', 'list 0']);
    expect(troubles).toHaveLength(3);
    expect(troubles[0]).toMatchObject({ code, message });
  });
});

describe('close()', () => {
  const phases: [
    string,
    readonly (KubeList | ScriptedStream | Error)[],
    Partial<ReflectorOptions<KubeObject>>,
  ][] = [
    ['before the first list', [list('5')], { firstListJitterMs: 1000 }],
    ['in a watch-list', [new ScriptedStream()], { watchList: true }],
    ['in a watch', [list('5'), new ScriptedStream()], {}],
    ['in a wait', [list('5'), new KubeError(500, 'x')], {}],
  ];
  test.each(phases)('%s ends everything', async (_, script, options) => {
    const { clock, client, reflector, told } = await follow(script, options);
    const before = [told.length, client.asked.length];
    reflector.close();
    reflector.close();
    await pass(clock, 600_000);
    expect([told.length, client.asked.length]).toEqual(before);
    expect(clock.pending).toBe(0);
    for (const step of script) if (step instanceof ScriptedStream) expect(step.left).toBe(true);
  });

  test('inside a handler stops the events that were read with it', async () => {
    const watch = new ScriptedStream();
    const upserts: string[] = [];
    const followed = await follow(
      [list('5'), watch],
      {},
      {
        upsert: ({ metadata }) => {
          upserts.push(metadata.name ?? '');
          followed.reflector.close();
        },
      },
    );
    watch.send(added('a', '6'), added('b', '7'));
    await macrotask();
    expect(upserts).toEqual(['a']);
    expect(watch.left).toBe(true);
  });

  test('before start() is for good', async () => {
    const { client, reflector } = await follow([list('5'), new ScriptedStream()], { firstListJitterMs: 10 });
    reflector.close();
    reflector.start();
    await macrotask();
    expect(client.asked).toEqual([]);
  });
});

describe('a back-off', () => {
  const away = new DiscoveryError('UNREACHABLE', 'connect ECONNREFUSED');

  test('that has lasted 5 s ends when somebody has reason to ask, and no sooner', async () => {
    const { clock, client, reflector } = await follow([away]);
    // Waits of 0.8, 1.6, 3.2 and 6.4 s.
    await pass(clock, 5_600);
    expect(client.asked).toHaveLength(4);
    reflector.refresh();
    await pass(clock, 4_900);
    reflector.refresh();
    await pass(clock, 300);
    expect(client.asked).toHaveLength(4);
    reflector.refresh();
    reflector.refresh();
    await pass(clock, 249);
    expect(client.asked).toHaveLength(4);
    await pass(clock, 1);
    expect(client.asked).toHaveLength(5);
    // The next wait is as long as it would have been.
    reflector.refresh();
    await pass(clock, 12_799);
    expect(client.asked).toHaveLength(5);
    await pass(clock, 1);
    expect(client.asked).toHaveLength(6);
  });

  test('that the server asked for is kept', async () => {
    const busy = new KubeError(429, 'too many requests', { retryAfterMs: 60_000 });
    const { clock, client, reflector } = await follow([busy]);
    await pass(clock, 30_000);
    reflector.refresh();
    await pass(clock, 29_999);
    expect(client.asked).toHaveLength(1);
    await pass(clock, 1);
    expect(client.asked).toHaveLength(2);
  });

  test('is not what a watch that runs is in', async () => {
    const { clock, client, reflector } = await follow([list('5'), new ScriptedStream()], {
      watchList: false,
    });
    await pass(clock, 10_000);
    reflector.refresh();
    await pass(clock, 1_000);
    expect(client.trail).toEqual(['list 0', 'watch 5']);
  });
});
