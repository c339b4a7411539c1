import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Following, type FollowOptions, follow, slices, trail } from './doubles/follow.js';
import {
  failure,
  fixture,
  json,
  type KubeServer,
  line,
  type Reply,
  startKubeServer,
  stream,
} from './doubles/kube-server.js';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const slice = (name: string, resourceVersion: string, more: object = {}): object => ({
  metadata: { name, namespace: 'ns', resourceVersion },
  ...more,
});
const list = (rv: string, ...names: string[]): Reply =>
  json({ metadata: { resourceVersion: rv }, items: names.map((name) => slice(name, rv)) });
const bookmark = (rv: string, end = false): string =>
  line('BOOKMARK', {
    metadata: { resourceVersion: rv, annotations: end ? { 'k8s.io/initial-events-end': 'true' } : {} },
  });
const expired = line('ERROR', {
  kind: 'Status',
  code: 410,
  reason: 'Expired',
  message: 'too old resource version',
});

interface Setup extends Following {
  readonly server: KubeServer;
}

/** A server that answers from a script, one answer a request and the last one again and again, and a reflector on it. */
async function setup(script: readonly Reply[], options: FollowOptions = {}): Promise<Setup> {
  let next = 0;
  const server = await startKubeServer((response, request) => {
    const reply = script[Math.min(next, script.length - 1)];
    next += 1;
    reply?.(response, request);
  });
  closers.push(() => server.close());
  const following = follow(server, options);
  closers.push(() => following.close());
  return Object.defineProperty(following, 'server', { value: server }) as Setup;
}

const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 10_000, interval: 5 });
const codes = ({ states }: Following): unknown[] => states.map((state) => state?.code ?? null);

describe('the first list', () => {
  test('takes 10,000 endpoints in 100 slices, page by page', async () => {
    const endpoints = Array.from({ length: 100 }, (_, n) => ({
      addresses: [`10.0.0.${n}`],
      conditions: { ready: true },
    }));
    const all = Array.from({ length: 100 }, (_, n) => slice(`slice-${n}`, '5', { endpoints, ports: [] }));
    const pages: Reply = (response, request) => {
      if (request.query.watch) return stream()(response, request);
      const from = Number(request.query.continue ?? 0);
      const to = from + 20;
      const more = to < all.length ? { continue: String(to) } : {};
      json({ metadata: { resourceVersion: '5', ...more }, items: all.slice(from, to) })(response, request);
    };
    let counted = 0;
    const { server } = await setup([pages], {
      handler: {
        replace: (items) => {
          counted = items.reduce((sum, item) => sum + (item.endpoints as unknown[]).length, 0);
        },
        upsert: () => {},
        remove: () => {},
      },
    });
    await until(() => expect(server.seen).toHaveLength(6));
    expect(counted).toBe(10_000);
    expect(trail(server.seen)).toEqual(['list 0', 'list +20', 'list +40', 'list +60', 'list +80', 'watch 5']);
    expect(server.seen.slice(0, 5).every(({ query }) => query.limit === '500')).toBe(true);
    expect(server.seen[0]?.path).toBe('/apis/discovery.k8s.io/v1/namespaces/ns/endpointslices');
  });

  test('is made again as a whole when a page expired', async () => {
    const first = json({ metadata: { resourceVersion: '5', continue: 'x' }, items: [slice('a', '5')] });
    const setUp = await setup([first, failure(410, 'Expired'), list('6', 'a', 'b'), stream()]);
    await until(() => expect(setUp.states).toEqual([null]));
    expect(trail(setUp.server.seen)).toEqual(['list 0', 'list +x', 'list 0', 'watch 6']);
    expect([...setUp.held.keys()]).toEqual(['a', 'b']);
    expect(setUp.server.seen[2]?.query.limit).toBeUndefined();
  });
});

describe('a server with watch-lists', () => {
  test('is followed by one request', async () => {
    const { server, held, states } = await setup(
      [stream(line('ADDED', slice('a', '3')), bookmark('4', true), line('MODIFIED', slice('a', '5')))],
      { watchList: true },
    );
    await until(() => expect(held).toEqual(new Map([['a', '5']])));
    expect(states).toEqual([null]);
    expect(trail(server.seen)).toEqual(['watchList']);
    expect(server.seen[0]?.query).toMatchObject({
      sendInitialEvents: 'true',
      resourceVersionMatch: 'NotOlderThan',
      allowWatchBookmarks: 'true',
    });
  });

  test('recorded from a real one, gives what a list gives', async () => {
    const lines = fixture('recordings/watchlist/watch.jsonl');
    const setUp = await setup([stream(lines)], { watchList: true });
    await until(() => expect(setUp.states).toEqual([null]));
    const final: { items: { metadata: { name: string; resourceVersion: string } }[] } = JSON.parse(
      fixture('recordings/watchlist/final.json'),
    );
    expect(setUp.replaced).toBe(1);
    expect(setUp.held).toEqual(
      new Map(final.items.map(({ metadata }) => [metadata.name, metadata.resourceVersion])),
    );
  });
});

describe('a server without watch-lists', () => {
  test.each([422, 400, 405])('that answers %i is listed from then on', async (code) => {
    const { server, states } = await setup(
      [failure(code, 'Invalid'), list('5'), stream(expired), list('6'), stream()],
      { watchList: true },
    );
    await until(() =>
      expect(trail(server.seen)).toEqual(['watchList', 'list 0', 'watch 5', 'list 5', 'watch 6']),
    );
    await until(() => expect(states).toEqual([null]));
  });

  test('that takes it for a plain watch is listed', async () => {
    const { server, held } = await setup(
      [stream(line('ADDED', slice('a', '3'))), list('5', 'a', 'b'), stream()],
      {
        watchList: true,
      },
    );
    await until(() => expect(trail(server.seen)).toEqual(['watchList', 'list 0', 'watch 5']));
    expect([...held.keys()]).toEqual(['a', 'b']);
  });
});

describe('an expired version', () => {
  const table: [string, Reply][] = [
    ['as an ERROR event', stream(expired)],
    [
      'as a recorded one',
      (response) => response.end(fixture('answers/watch-from-1.http').split(/\r?\n\r?\n/)[1]),
    ],
    ['as HTTP 410', failure(410, 'Expired')],
  ];
  test.each(table)('%s leads to a list that is not older', async (_, reply) => {
    const { server, held, states, restarts } = await setup([list('5', 'a'), reply, list('9', 'b'), stream()]);
    await until(() => expect(trail(server.seen)).toEqual(['list 0', 'watch 5', 'list 5', 'watch 9']));
    expect(server.seen[2]?.query.resourceVersionMatch).toBe('NotOlderThan');
    expect([...held.keys()]).toEqual(['b']);
    expect(restarts).toEqual(['expired']);
    expect(states.every((state) => state === null)).toBe(true);
  });

  test('twice leads to a list of the newest state', async () => {
    const { server } = await setup([
      list('5'),
      stream(expired),
      failure(410, 'Expired'),
      list('9'),
      stream(),
    ]);
    await until(() => expect(trail(server.seen)).toEqual(['list 0', 'watch 5', 'list 5', 'list', 'watch 9']));
  });

  test('of the future leads to a list of the newest state', async () => {
    const tooLarge = failure(504, 'Timeout', {
      details: { causes: [{ reason: 'ResourceVersionTooLarge' }] },
    });
    const { server, restarts } = await setup([list('5'), stream(expired), tooLarge, list('2'), stream()]);
    await until(() => expect(trail(server.seen)).toEqual(['list 0', 'watch 5', 'list 5', 'list', 'watch 2']));
    expect(restarts).toEqual(['expired', 'expired']);
  });
});

describe('a watch that breaks', () => {
  const cut: Reply = (response, { socket }) => {
    response.writeHead(200).write(line('ADDED', slice('a', '6')), () => {
      socket.write('3e8\r\n{"type":"MODI', () => socket.resetAndDestroy());
    });
  };
  const goneWithoutEnd: Reply = (response, { socket }) => {
    response.writeHead(200).write(line('ADDED', slice('a', '6')), () => socket.destroy());
  };
  const cutJson: Reply = (response) => response.end(`${line('ADDED', slice('a', '6'))}{"type":"MODI`);

  test.each([
    ['by a reset in mid-chunk', cut, 'reset', 'UNREACHABLE'],
    ['without its last chunk', goneWithoutEnd, 'reset', 'UNREACHABLE'],
    ['in the middle of a line', cutJson, 'error', 'PROTOCOL'],
  ] as const)('%s goes on from the last event', async (_, reply, reason, code) => {
    const setUp = await setup([list('5'), reply, stream(line('MODIFIED', slice('a', '7')))]);
    await until(() => expect(setUp.held).toEqual(new Map([['a', '7']])));
    expect(trail(setUp.server.seen)).toEqual(['list 0', 'watch 5', 'watch 6']);
    expect(setUp.restarts).toEqual([reason]);
    expect(codes(setUp)).toEqual([null, code, null]);
  });

  test('by silence goes on from the last bookmark', async () => {
    const setUp = await setup([list('5'), stream(bookmark('8')), stream(line('ADDED', slice('a', '9')))], {
      idleMs: 100,
    });
    await until(() => expect(setUp.held.size).toBe(1));
    expect(trail(setUp.server.seen).slice(0, 3)).toEqual(['list 0', 'watch 5', 'watch 8']);
    expect(setUp.restarts[0]).toBe('idle');
    expect(codes(setUp).slice(0, 3)).toEqual([null, 'UNREACHABLE', null]);
  });

  test('when the server goes away is taken up when it is back, without a list', async () => {
    const first = await setup([list('5', 'a'), stream()]);
    await until(() => expect(first.states).toEqual([null]));
    first.server.reply = (_, { socket }) => socket.resetAndDestroy();
    first.server.reset();
    await until(() => expect(first.states.length).toBeGreaterThan(3));
    expect([...first.held.keys()]).toEqual(['a']);
    first.server.reply = stream(line('ADDED', slice('b', '6')));
    await until(() => expect([...first.held.keys()]).toEqual(['a', 'b']));
    expect(first.states.at(-1)).toBeNull();
    expect(first.replaced).toBe(1);
    expect(new Set(trail(first.server.seen))).toEqual(new Set(['list 0', 'watch 5']));
  });
});

describe('a server that wants to be left alone', () => {
  test('with 429 and Retry-After is, and the version stays', async () => {
    const throttled = failure(429, 'TooManyRequests', { headers: { 'retry-after': '20' } });
    const setUp = await setup([list('5'), throttled, stream()]);
    await until(() => expect(trail(setUp.server.seen)).toEqual(['list 0', 'watch 5', 'watch 5']));
    expect(setUp.restarts).toEqual(['throttled']);
    await until(() => expect(codes(setUp)).toEqual(['API_ERROR', null]));
  });

  test('by ending each watch at once is asked less and less, then listed', async () => {
    const reply: Reply = (response, request) =>
      request.query.watch ? void response.writeHead(200).end() : list('5')(response, request);
    const setUp = await setup([reply]);
    await until(() => expect(setUp.server.seen.length).toBeGreaterThanOrEqual(9));
    expect(trail(setUp.server.seen.slice(0, 9))).toEqual([
      'list 0',
      'watch 5',
      'watch 5',
      'watch 5',
      'list 5',
      'watch 5',
      'watch 5',
      'watch 5',
      'list 5',
    ]);
    expect(setUp.restarts.slice(0, 6)).toEqual(Array(6).fill('short'));
    expect(codes(setUp).slice(0, 2)).toEqual([null, 'UNREACHABLE']);
  });
});

describe('credentials', () => {
  test('that are refused once are made anew without a word', async () => {
    let token = 'old';
    const invalidate = () => {
      token = 'new';
    };
    const access = { credentials: async () => ({ token }), invalidate };
    const guard: Reply = (response, request) => {
      if (request.headers.authorization !== 'Bearer new')
        return failure(401, 'Unauthorized')(response, request);
      (request.query.watch ? stream() : list('5', 'a'))(response, request);
    };
    const { server, states } = await setup([guard], { access });
    await until(() => expect(states).toEqual([null]));
    expect(trail(server.seen)).toEqual(['list 0', 'list 0', 'watch 5']);
  });

  test('that are refused for good are told, and the old state stands', async () => {
    const setUp = await setup([list('5', 'a'), stream()]);
    await until(() => expect(setUp.states).toEqual([null]));
    setUp.server.reply = failure(401, 'Unauthorized');
    setUp.server.reset();
    await until(() => expect(setUp.states.at(-1)?.code).toBe('UNAUTHORIZED'));
    expect(setUp.states.at(-1)?.message).toBe('the API server refused the credentials (401): the test');
    expect([...setUp.held.keys()]).toEqual(['a']);
  });

  test('that lack a right are told with the right that is missing', async () => {
    const [, body = ''] = fixture('answers/list-403.http').split(/\r?\n\r?\n/);
    const { states } = await setup([(response) => response.writeHead(403).end(body)]);
    await until(() => expect(states.length).toBeGreaterThanOrEqual(2));
    expect(states[0]).toMatchObject({
      code: 'FORBIDDEN',
      message:
        'ServiceAccount nspace:nobody may not list endpointslices.discovery.k8s.io in namespace ns: "fairlead doctor --rbac TARGET" prints the Role',
    });
  });
});

describe('close()', () => {
  const noHeaders: Reply = () => {};
  const halfList: Reply = (response) => void response.writeHead(200).write('{"items":[');
  const phases: [string, Reply[], FollowOptions][] = [
    ['while the list has no answer', [noHeaders], {}],
    ['in the middle of the list', [halfList], {}],
    ['while a watch has no answer', [list('5'), noHeaders], {}],
    ['in a watch', [list('5'), stream(line('ADDED', slice('a', '6')))], {}],
    ['in a watch-list', [stream(line('ADDED', slice('a', '6')))], { watchList: true }],
    ['in a wait', [list('5'), failure(500, 'InternalError')], {}],
  ];
  test.each(phases)('%s closes the sockets at once and tells nothing more', async (_, script, options) => {
    const setUp = await setup(script, options);
    await until(() => expect(setUp.server.seen.length).toBeGreaterThanOrEqual(script.length));
    setUp.reflector.close();
    const { length } = setUp.states;
    const requests = setUp.server.seen.length;
    setUp.client.close();
    await until(() => expect(setUp.server.open).toBe(0));
    expect(setUp.states).toHaveLength(length);
    expect(setUp.server.seen).toHaveLength(requests);
  });

  test('of the reflector alone frees its socket and leaves the client usable', async () => {
    const setUp = await setup([list('5'), stream(), list('6', 'b')]);
    await until(() => expect(setUp.states).toEqual([null]));
    const watching = setUp.server.seen[1]?.socket;
    setUp.reflector.close();
    await until(() => expect(watching?.destroyed).toBe(true));
    expect((await setUp.client.list(slices)).items).toHaveLength(1);
  });

  test('between two events that were read together stops after the first', async () => {
    const seen: string[] = [];
    const lines = line('ADDED', slice('a', '6')) + line('ADDED', slice('b', '7'));
    const setUp: Setup = await setup([list('5'), stream(lines)], {
      handler: {
        replace: () => {},
        upsert: ({ metadata }) => {
          seen.push(metadata.name ?? '');
          setUp.reflector.close();
        },
        remove: () => {},
      },
    });
    await until(() => expect(seen).toEqual(['a']));
    await until(() => expect(setUp.server.open).toBeLessThanOrEqual(1));
    expect(seen).toEqual(['a']);
  });
});

test('a change arrives although the handler of the one before threw', async () => {
  let answer: ServerResponse | undefined;
  const seen: string[] = [];
  await setup(
    [
      list('5'),
      (response, request) => {
        answer = response;
        stream(line('ADDED', slice('a', '6')))(response, request);
      },
    ],
    {
      handler: {
        replace: () => {},
        upsert: ({ metadata }) => {
          seen.push(metadata.name ?? '');
          throw new Error('handler');
        },
        remove: () => {},
      },
    },
  );
  await until(() => expect(seen).toEqual(['a']));
  answer?.write(line('ADDED', slice('b', '7')));
  await until(() => expect(seen).toEqual(['a', 'b']));
});
