import { readFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApiServerOptions } from '../src/api/index.js';
import { type ApiRig, configMap, MAPS, startApi, type WatchLine } from './api-rig.js';

let rig: ApiRig;
beforeEach(async () => {
  rig = await startApi();
});
afterEach(() => rig.close());

async function restart(options: Partial<ApiServerOptions>): Promise<void> {
  await rig.close();
  rig = await startApi(options);
}

const create = (name: string, data = {}, labels = {}) =>
  rig.call('POST', MAPS, { body: configMap(name, data, labels) });
const version = async () => (await rig.call('GET', MAPS)).json.metadata.resourceVersion as string;
const short = (lines: readonly WatchLine[]) =>
  lines.map(({ type, object }) => `${type} ${object.metadata.name}`);

describe('a watch', () => {
  it('from a list tells of each later change, once', async () => {
    await create('old');
    const from = await version();
    await create('a');
    const watching = await rig.watch(`${MAPS}?watch=1&resourceVersion=${from}`);
    await rig.call('PUT', `${MAPS}/a`, { body: configMap('a', { k: '1' }) });
    await rig.call('DELETE', `${MAPS}/a`);
    const lines = await watching.until(3);
    expect(short(lines)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
    expect(lines[0]?.object).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' });
    const versions = lines.map(({ object }) => Number(object.metadata.resourceVersion));
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
    expect(versions[0]).toBeGreaterThan(Number(from));
  });

  it('without a version begins with what there is', async () => {
    await create('a');
    const watching = await rig.watch(`${MAPS}?watch=true`);
    await create('b');
    expect(short(await watching.until(2))).toEqual(['ADDED a', 'ADDED b']);
  });

  it('streams a list and marks its end', async () => {
    await create('a');
    await create('b');
    const query = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const watching = await rig.watch(`${MAPS}?${query}`);
    const lines = await watching.until(3);
    expect(lines[2]).toEqual({
      type: 'BOOKMARK',
      object: {
        kind: 'ConfigMap',
        apiVersion: 'v1',
        metadata: {
          resourceVersion: String(rig.store.resourceVersion),
          creationTimestamp: null,
          annotations: { 'k8s.io/initial-events-end': 'true' },
        },
      },
    });
    await create('c');
    expect(short(await watching.until(4)).at(-1)).toBe('ADDED c');
  });

  it('shows objects that enter and leave its selection', async () => {
    await create('a', {}, { on: 'yes' });
    const watching = await rig.watch(
      `${MAPS}?watch=1&labelSelector=on%3Dyes&resourceVersion=${await version()}`,
    );
    const left = await rig.call('PUT', `${MAPS}/a`, { body: configMap('a') });
    await rig.call('PUT', `${MAPS}/a`, { body: configMap('a', {}, { on: 'yes' }) });
    const lines = await watching.until(2);
    expect(short(lines)).toEqual(['DELETED a', 'ADDED a']);
    expect(lines[0]?.object.metadata.resourceVersion).toBe(left.json.metadata.resourceVersion);
  });

  it('of one namespace or one name tells of nothing else', async () => {
    const one = await rig.watch(`${MAPS}?watch=1&fieldSelector=metadata.name%3Db`);
    const other = await rig.watch(
      '/api/v1/namespaces/kube-system/configmaps?watch=1&allowWatchBookmarks=true',
    );
    const legacy = await rig.watch('/api/v1/watch/namespaces/default/configmaps/b');
    await create('a');
    await create('b');
    expect(short(await one.until(1))).toEqual(['ADDED b']);
    expect(short(await legacy.until(1))).toEqual(['ADDED b']);
    expect(other.lines).toEqual([]);
  });

  it('can be a table', async () => {
    await create('a');
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const watching = await rig.watch(`${MAPS}?watch=1`, { headers: { accept } });
    await create('b');
    const lines = await watching.until(2);
    expect(lines.map(({ object }) => object.rows[0].cells[0])).toEqual(['a', 'b']);
    expect(lines.map(({ object }) => object.columnDefinitions === null)).toEqual([false, true]);
  });
});

it('over HTTP/2 waits for the window of the client and loses nothing', async () => {
  for (let i = 0; i < 100; i++) {
    rig.store.create('configmaps', configMap(`m${String(i).padStart(3, '0')}`, { k: 'x'.repeat(50_000) }));
  }
  const session = connect(rig.api.url, { ca: rig.ca.certificatePem });
  const stream = session.request({
    authorization: `Bearer ${rig.token}`,
    ':path': `${MAPS}?watch=1&timeoutSeconds=2`,
  });
  let text = '';
  stream.setEncoding('utf8');
  for await (const chunk of stream) text += chunk;
  const lines: WatchLine[] = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map(({ object }) => Number(object.metadata.name.slice(1)))).toEqual([...lines.keys()]);
  expect(lines).toHaveLength(100);
  session.close();
});

describe('an expired version', () => {
  it('is told inside the stream, as real Kubernetes does', async () => {
    const from = await version();
    await create('a');
    rig.api.compact();
    const watching = await rig.watch(`${MAPS}?watch=1&resourceVersion=${from}`);
    expect(watching.response.statusCode).toBe(200);
    const [line] = await watching.until(1);
    expect(await watching.ended).toBe('end');
    const file = new URL('testdata/watch-expired.jsonl', import.meta.url);
    const recorded: WatchLine = JSON.parse(readFileSync(file, 'utf8'));
    recorded.object.message = `too old resource version: ${from} (${rig.store.compactedVersion})`;
    expect(line).toEqual(recorded);
    expect(Object.keys(line?.object)).toEqual(Object.keys(recorded.object));
  });

  it('does not touch watches that are open', async () => {
    const watching = await rig.watch(`${MAPS}?watch=1`);
    await create('a');
    await watching.until(1);
    rig.api.compact();
    await create('b');
    expect(short(await watching.until(2))).toEqual(['ADDED a', 'ADDED b']);
  });
});

describe('bookmarks', () => {
  it('come now and then, with a version from which a watch can go on', async () => {
    await restart({ watch: { bookmarkMs: 30 } });
    const watching = await rig.watch(`${MAPS}?watch=1&allowWatchBookmarks=true`);
    await rig.call('POST', '/api/v1/namespaces', {
      body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } },
    });
    const after = rig.store.resourceVersion;
    let count = 1;
    while (Number((await watching.until(count)).at(-1)?.object.metadata.resourceVersion) < after) count++;
    expect(watching.lines.every(({ type }) => type === 'BOOKMARK')).toBe(true);
    rig.api.compact();
    const next = await rig.watch(`${MAPS}?watch=1&resourceVersion=${after}`);
    await create('a');
    expect(short(await next.until(1))).toEqual(['ADDED a']);
  });

  it('come only to those who ask', async () => {
    await restart({ watch: { bookmarkMs: 5 } });
    const silent = await rig.watch(`${MAPS}?watch=1`);
    const asking = await rig.watch(`${MAPS}?watch=1&allowWatchBookmarks=true`);
    await asking.until(3);
    expect(silent.lines).toEqual([]);
  });
});

describe('the end', () => {
  it('comes at the time that the client set, or the server did', async () => {
    const watching = await rig.watch(`${MAPS}?watch=1&timeoutSeconds=1`);
    expect(await watching.ended).toBe('end');
    await restart({ watch: { minLifeMs: 20 } });
    expect(await (await rig.watch(`${MAPS}?watch=1`)).ended).toBe('end');
  });

  it('comes hard when the fault is asked for, and other requests live on', async () => {
    const watching = await rig.watch(`${MAPS}?watch=1`);
    rig.api.resetWatches();
    expect(await watching.ended).toBe('ECONNRESET');
    expect((await rig.call('GET', MAPS)).status).toBe(200);
  });

  it('comes to a client that does not read', async () => {
    await restart({ watch: { bufferBytes: 100_000 } });
    const watching = await rig.watch(`${MAPS}?watch=1`);
    watching.response.pause();
    // One turn of the event loop: nothing reaches the client in between.
    for (let i = 0; i < 40; i++)
      rig.store.create('configmaps', configMap(`m${i}`, { k: 'x'.repeat(50_000) }));
    await rig.call('GET', '/readyz');
    watching.response.resume();
    expect(await watching.ended).toBe('ECONNRESET');
    expect(watching.lines.length).toBeLessThan(40);
  });
});

describe('a stopped server', () => {
  it('resets its clients and comes back on the same port with everything', async () => {
    await create('a');
    const { url } = rig.api;
    const watching = await rig.watch(`${MAPS}?watch=1`);
    await rig.api.stop();
    await rig.api.stop();
    expect(await watching.ended).toBe('ECONNRESET');
    await expect(rig.call('GET', MAPS)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    rig.store.create('configmaps', configMap('b'));
    await rig.api.start();
    await rig.api.start();
    expect(rig.api.url).toBe(url);
    const { json } = await rig.call('GET', MAPS);
    expect(json.items).toHaveLength(2);
  });

  it('says when its port is taken', async () => {
    await expect(startApi({ port: rig.api.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
