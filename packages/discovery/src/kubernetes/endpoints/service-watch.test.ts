import { afterEach, describe, expect, it } from 'vitest';
import { FakeCluster } from '../../../test/doubles/fake-cluster.js';
import { service } from '../../../test/doubles/slices.js';
import { macrotask, VirtualClock } from '../../../test/doubles/virtual-clock.js';
import { DiscoveryError } from '../../errors.js';
import { KubeError } from '../client/kube-error.js';
import type { ObjectWatch } from '../object-watch.js';
import { watchService } from './service-watch.js';

const open: ObjectWatch<object>[] = [];
afterEach(() => {
  for (const watch of open.splice(0)) watch.close();
});

function start(prepare: (cluster: FakeCluster) => void) {
  const cluster = new FakeCluster();
  const clock = new VirtualClock();
  prepare(cluster);
  let changes = 0;
  const watch = watchService({
    client: cluster.client,
    namespace: 'ns',
    name: 'svc',
    clock,
    random: () => 0,
    onChange: () => changes++,
  });
  open.push(watch);
  return { cluster, clock, watch, changes: () => changes };
}

const spec = { selector: { a: 'b' }, ports: [{ name: 'tcp', port: 80, targetPort: 8088 }] };
const found = { kind: 'found', hasSelector: true, ports: [{ name: 'tcp', port: 80, targetPort: 8088 }] };
const forbidden = new KubeError(403, 'services "svc" is forbidden', { reason: 'Forbidden' });

describe('watchService', () => {
  it('reads the Service', async () => {
    const { watch, changes } = start((cluster) => {
      cluster.service = service(spec);
    });
    expect(watch.view).toEqual({ kind: 'pending' });
    await macrotask();
    expect(watch.view).toEqual(found);
    expect(changes()).toBe(1);
  });

  it.each([
    [
      'nothing but a port',
      { ports: [{ port: 80 }] },
      { hasSelector: false, ports: [{ name: '', port: 80, targetPort: 80 }] },
    ],
    [
      'ports of other protocols',
      {
        ports: [
          { port: 53, protocol: 'UDP' },
          { port: 80, protocol: 'TCP', targetPort: 'web' },
        ],
      },
      { hasSelector: false, ports: [{ name: '', port: 80, targetPort: 'web' }] },
    ],
    ['no ports', { ports: null, selector: null }, { hasSelector: false, ports: [] }],
    ['malformed ports', { ports: [null, 'x', { port: 'y' }] }, { hasSelector: false, ports: [] }],
    [
      'an external name',
      { type: 'ExternalName', externalName: 'db.example.com' },
      { hasSelector: false, ports: [], externalName: 'db.example.com' },
    ],
  ])('reads a Service with %s', async (_, fields, expected) => {
    const { watch } = start((cluster) => {
      cluster.service = service(fields);
    });
    await macrotask();
    expect(watch.view).toEqual({ kind: 'found', ...expected });
  });

  it('reads what the Service says to its clients, and whose word it is', async () => {
    const annotations = { 'fairlead.dev/policy': 'roundRobin', 'a.example/b': 'c' };
    const metadata = { name: 'svc', namespace: 'ns', uid: 'u1', annotations };
    const { watch } = start((cluster) => {
      cluster.service = { metadata, spec };
    });
    await macrotask();
    const said = { 'fairlead.dev/policy': 'roundRobin' };
    expect(watch.view).toEqual({ ...found, annotations: said, uid: 'u1' });
  });

  it('follows what the watch says, and ignores other Services and bookmarks', async () => {
    const { cluster, watch, changes } = start((each) => {
      each.service = null;
    });
    await macrotask();
    expect(watch.view).toEqual({ kind: 'missing' });
    const stream = cluster.watches[0];
    stream?.push({ type: 'ADDED', object: service(spec) });
    stream?.push({ type: 'MODIFIED', object: service({ ...spec, ports: [] }, 'other') });
    stream?.push({ type: 'BOOKMARK', object: service({}) });
    stream?.push({ type: 'MODIFIED', object: service(spec) });
    await macrotask();
    expect(watch.view).toEqual(found);
    stream?.push({ type: 'DELETED', object: service(spec) });
    await macrotask();
    expect(watch.view).toEqual({ kind: 'missing' });
    expect(changes()).toBe(3);
  });

  it('cannot be read without the right to, and asks again a minute later', async () => {
    const { cluster, clock, watch } = start((each) => {
      each.service = forbidden;
      each.watchError = forbidden;
    });
    await macrotask();
    const why =
      'User "unknown" may not get services in namespace ns: "fairlead doctor --rbac TARGET" prints the Role';
    expect(watch.view).toEqual({ kind: 'unreadable', why });
    await clock.advance(59_999);
    expect(cluster.gets).toBe(1);
    cluster.service = service(spec);
    await clock.advance(1);
    expect(watch.view).toEqual(found);
  });

  it('is read with the right to get only, once a minute', async () => {
    const { cluster, clock, watch } = start((each) => {
      each.service = service(spec);
      each.watchError = forbidden;
    });
    await macrotask();
    expect(watch.view).toEqual(found);
    cluster.service = null;
    await clock.advance(60_000);
    expect(watch.view).toEqual({ kind: 'missing' });
  });

  it('is waited for through a short trouble, and counts as unreadable after a longer one', async () => {
    const { cluster, clock, watch } = start((each) => {
      each.service = new Error('reset');
      each.watchError = each.service;
    });
    await macrotask();
    expect(watch.view).toEqual({ kind: 'pending' });
    await clock.advance(60_000);
    expect(watch.view).toMatchObject({ kind: 'unreadable', why: expect.stringContaining('reset') });
    cluster.service = service(spec);
    await clock.advance(60_000);
    expect(watch.view).toEqual(found);
  });

  it('keeps the last word through trouble', async () => {
    const { cluster, clock, watch } = start((each) => {
      each.service = service(spec);
    });
    await macrotask();
    cluster.service = new Error('reset');
    cluster.watchError = cluster.service;
    cluster.watches[0]?.end();
    await clock.advance(300_000);
    expect(cluster.gets).toBeGreaterThan(5);
    expect(watch.view).toEqual(found);
  });

  it('asks every few seconds while connections are refused', async () => {
    const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    const refused = new DiscoveryError('UNREACHABLE', 'refused', { cause });
    const { cluster, clock, watch } = start((each) => {
      each.service = refused;
      each.watchError = refused;
    });
    await clock.advance(600_000);
    const before = cluster.gets;
    await clock.advance(60_000);
    expect(cluster.gets - before).toBe(12);
    cluster.service = service(spec);
    await clock.advance(5_000);
    expect(watch.view).toEqual(found);
  });

  it('starts over half a second after a watch that lived', async () => {
    const { cluster, clock } = start((each) => {
      each.service = service(spec);
    });
    await clock.advance(1000);
    cluster.watches[0]?.end();
    await clock.advance(499);
    expect(cluster.watches).toHaveLength(1);
    await clock.advance(1);
    expect(cluster.watches).toHaveLength(2);
  });

  it('waits longer and longer when watches end at once, break off with an ERROR or are refused', async () => {
    const { cluster, clock, watch } = start((each) => {
      each.service = service(spec);
    });
    await macrotask();
    cluster.watches[0]?.end();
    await clock.advance(999);
    expect(cluster.watches).toHaveLength(1);
    await clock.advance(1);
    expect(cluster.watches).toHaveLength(2);
    cluster.watches[1]?.push({ type: 'ERROR', object: { metadata: {} } });
    await clock.advance(1999);
    expect(cluster.watches).toHaveLength(2);
    await clock.advance(1);
    expect(cluster.watches).toHaveLength(3);
    cluster.watchError = new KubeError(429, 'slow down', { retryAfterMs: 20_000 });
    cluster.watches[2]?.end();
    const gets = cluster.gets;
    await clock.advance(4000 + 19_999);
    expect(cluster.gets).toBe(gets + 1);
    await clock.advance(1);
    expect(cluster.gets).toBe(gets + 2);
    expect(watch.view).toEqual(found);
  });

  it('asks with requests that do not hold the process', async () => {
    const { cluster } = start((each) => {
      each.service = service(spec);
    });
    await macrotask();
    expect(cluster.asked).toEqual([
      expect.objectContaining({ namespace: 'ns', ref: false }),
      expect.objectContaining({ namespace: 'ns', ref: false }),
    ]);
  });

  it('is read although nobody answers its watch', async () => {
    const { cluster, clock, watch } = start((each) => {
      each.service = service(spec);
      each.watchHangs = true;
    });
    await clock.advance(999);
    expect(cluster.gets).toBe(0);
    await clock.advance(1);
    expect(watch.view).toEqual(found);
  });

  it('ends its stream and its timers when closed, and tells nothing more', async () => {
    const { cluster, clock, watch, changes } = start((each) => {
      each.service = null;
    });
    await macrotask();
    watch.close();
    watch.close();
    cluster.watches[0]?.push({ type: 'ADDED', object: service(spec) });
    await macrotask();
    expect(changes()).toBe(1);
    expect(cluster.watches[0]?.closed).toBe(true);
    expect(clock.pending).toBe(0);
  });
});
