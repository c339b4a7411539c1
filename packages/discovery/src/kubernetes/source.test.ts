import { afterEach, describe, expect, it } from 'vitest';
import { closeSources, followSource, hosts, Recorder } from '../../test/doubles/followed-source.js';
import { slice } from '../../test/doubles/slices.js';
import { macrotask } from '../../test/doubles/virtual-clock.js';
import type { EndpointDiff, EndpointSet } from '../endpoint-set.js';
import { DiscoveryError } from '../errors.js';

afterEach(closeSources);

const trouble = (message = 'reset', code: DiscoveryError['code'] = 'UNREACHABLE') =>
  new DiscoveryError(code, message);

describe('watching', () => {
  it('asks for the slices of the Service, without keeping the process alive', () => {
    const { cluster, watch } = followSource();
    watch('k8s:///svc.ns:tcp');
    expect(cluster.reflectors).toHaveLength(1);
    const [reflector] = cluster.reflectors;
    expect(reflector?.started).toBe(true);
    expect(reflector?.options).toMatchObject({
      ref: { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' },
      request: { namespace: 'ns', query: { labelSelector: 'kubernetes.io/service-name=svc' } },
      keepProcessAlive: false,
      firstListJitterMs: 0,
    });
  });

  it('shares one watch between observers, ports and spellings of one Service', async () => {
    const { cluster, watch } = followSource();
    const observers = [
      watch('k8s:///svc.ns:tcp'),
      watch('k8s:///svc.ns:8088'),
      watch('k8s://ns/svc'),
      watch('k8s:///svc.ns:metrics'),
    ];
    expect(cluster.reflectors).toHaveLength(1);
    const ports = [
      { name: 'tcp', port: 8088 },
      { name: 'metrics', port: 9090 },
    ];
    cluster.slices.replace([slice({ name: 's', ports, endpoints: hosts(1) })]);
    await macrotask();
    expect(observers.map((each) => each.keys)).toEqual([
      ['10.0.0.1:8088'],
      ['10.0.0.1:8088'],
      [],
      ['10.0.0.1:9090'],
    ]);
    expect(observers.map((each) => each.last.target)).toEqual([
      'k8s:///svc.ns:tcp',
      'k8s:///svc.ns:8088',
      'k8s://ns/svc',
      'k8s:///svc.ns:metrics',
    ]);
    expect(observers[2]?.last.absence?.message).toMatch(/^no port in the target and none named grpc/);
  });

  it('has a watch for each Service, and lets the sixth and later ones wait a little', () => {
    const { cluster, watch } = followSource();
    for (let n = 0; n < 7; n++) watch(`k8s:///svc${n}.ns:tcp`);
    expect(cluster.reflectors.map((each) => each.options.firstListJitterMs)).toEqual([
      0, 0, 0, 0, 0, 500, 500,
    ]);
  });

  it('lets lists of very many Services come at the rate of fewer', () => {
    const { cluster, watch } = followSource({ watchScope: 'service' });
    for (let n = 0; n <= 200; n++) watch(`k8s:///svc${n}.ns:tcp`);
    const jitters = cluster.reflectors.map((each) => each.options.firstListJitterMs);
    expect([jitters[50], jitters[100], jitters[200]]).toEqual([500, 1000, 2000]);
  });

  it('tells nothing inside watch(), and the first set in a later macrotask', async () => {
    const { cluster, watch } = followSource();
    const observer = watch('k8s:///svc.ns:tcp');
    cluster.slices.replace([slice({ name: 's', endpoints: hosts(1) })]);
    await Promise.resolve();
    expect(observer.sets).toEqual([]);
    await macrotask();
    expect(observer.sets).toHaveLength(1);
    expect(observer.last).toMatchObject({ reason: 'first list', state: { kind: 'live' } });
    expect(observer.diffs[0]).toEqual({ added: observer.last.endpoints, removed: [], changed: [] });
  });

  it('gives a later observer the present set in the next macrotask, also from within an observer', async () => {
    const { cluster, watch } = followSource();
    const late = new Recorder();
    const first = new Recorder();
    let inside = -1;
    watch(
      'k8s:///svc.ns:tcp',
      Object.assign(new Recorder(), {
        onSet: (set: EndpointSet, diff: EndpointDiff) => {
          first.onSet(set, diff);
          if (first.sets.length === 1) watch('k8s:///svc.ns:tcp', late);
          inside = late.sets.length;
        },
      }),
    );
    cluster.slices.replace([slice({ name: 's', endpoints: hosts(1) })]);
    await macrotask();
    expect(inside).toBe(0);
    await macrotask();
    expect(late.sets).toHaveLength(1);
    expect(late.last).toBe(first.last);
    expect(late.diffs[0]?.added).toHaveLength(1);
  });

  it('tells an observer all that it missed between two sets, as one difference', async () => {
    const { cluster, watch } = followSource();
    const observer = watch('k8s:///svc.ns:tcp');
    cluster.slices.replace([slice({ name: 's', endpoints: hosts(1) })]);
    await macrotask();
    cluster.slices.upsert(slice({ name: 's', endpoints: hosts(1, 2) }));
    cluster.slices.upsert(slice({ name: 't', endpoints: hosts(3) }));
    cluster.slices.upsert(
      slice({ name: 's', endpoints: [{ ...hosts(1)[0], host: '10.0.0.1', ready: false }, ...hosts(2)] }),
    );
    await macrotask();
    expect(observer.sets).toHaveLength(2);
    expect(observer.last.reason).toBe('2 added, 1 changed');
    expect(observer.diffs[1]?.changed.map((each) => each.ready)).toEqual([false]);
  });

  it('says nothing when nothing changed, and keeps the objects of unchanged endpoints', async () => {
    const { cluster, watch } = followSource();
    const observer = watch('k8s:///svc.ns:tcp');
    cluster.slices.replace([slice({ name: 's', endpoints: hosts(1, 2) })]);
    await macrotask();
    const [before] = observer.sets;
    cluster.slices.upsert(slice({ name: 's', endpoints: hosts(2, 1), triggerTime: '2026-11-23T15:00:28Z' }));
    cluster.slices.replace([slice({ name: 't', endpoints: hosts(1, 2) })]);
    await macrotask();
    expect(observer.sets).toEqual([before]);
    cluster.slices.upsert(slice({ name: 'u', endpoints: hosts(3) }));
    await macrotask();
    expect(observer.last.endpoints.slice(0, 2)).toEqual(before?.endpoints);
    expect(observer.last.endpoints[0]).toBe(before?.endpoints[0]);
    expect(observer.last.endpoints[1]).toBe(before?.endpoints[1]);
  });

  it('acts on a fact of the same tick although the endpoint vanishes in it', async () => {
    const { cluster, watch } = followSource();
    const observer = watch('k8s:///svc.ns:tcp');
    cluster.slices.replace([slice({ name: 's', endpoints: hosts(1, 2, 3) })]);
    await macrotask();
    const draining = { host: '10.0.0.1', uid: 'u1', ready: false, serving: true, terminating: true };
    cluster.slices.upsert(slice({ name: 's', endpoints: [draining, ...hosts(2, 3)] }));
    cluster.slices.upsert(slice({ name: 's', endpoints: hosts(2, 3) }));
    await macrotask();
    expect(observer.keys).toEqual(['10.0.0.2:8088', '10.0.0.3:8088']);
  });

  it('keeps the others going when an observer throws, and logs it', async () => {
    const { cluster, watch, logged } = followSource();
    watch(
      'k8s:///svc.ns:tcp',
      Object.assign(new Recorder(), {
        onSet: () => {
          throw new Error('mine');
        },
      }),
    );
    const other = watch('k8s:///svc.ns:tcp');
    cluster.slices.replace([slice({ name: 's', endpoints: hosts(1) })]);
    await macrotask();
    expect(other.sets).toHaveLength(1);
    expect(logged).toContainEqual({
      level: 'error',
      msg: 'an observer of endpoints threw',
      fields: expect.anything(),
    });
  });

  it('tells nothing more after close()', async () => {
    const { cluster, watch, source } = followSource();
    const closed = watch('k8s:///svc.ns:tcp');
    const open = watch('k8s:///svc.ns:tcp');
    closed.close();
    closed.close();
    cluster.slices.replace([slice({ name: 's', endpoints: hosts(1) })]);
    await macrotask();
    expect(closed.sets).toEqual([]);
    expect(open.sets).toHaveLength(1);
    cluster.slices.upsert(slice({ name: 's', endpoints: hosts(1, 2) }));
    source.close();
    await macrotask();
    expect(open.sets).toHaveLength(1);
    expect(() => watch('k8s:///svc.ns:tcp')).toThrow('the source is closed');
  });

  it('tells nothing to an observer that another one closes', async () => {
    const { cluster, watch } = followSource();
    const second = new Recorder();
    let close = (): void => {};
    watch('k8s:///svc.ns:tcp', { onSet: () => close(), onState: () => close() });
    close = watch('k8s:///svc.ns:tcp', second).close;
    await macrotask();
    cluster.slices.onState?.(trouble());
    await macrotask();
    cluster.slices.replace([slice({ name: 's', endpoints: hosts(1) })]);
    await macrotask();
    expect([...second.states, ...second.sets]).toEqual([]);
  });

  it('tells no set to an observer that closes itself when it hears of the state', async () => {
    const { cluster, watch } = followSource();
    const recorder = new Recorder();
    const closing = watch('k8s:///svc.ns:tcp', {
      onSet: recorder.onSet,
      onState: () => closing.close(),
    });
    cluster.slices.onState?.(trouble());
    cluster.slices.replace([slice({ name: 's', endpoints: hosts(1) })]);
    cluster.slices.onState?.(trouble());
    await macrotask();
    expect(recorder.sets).toEqual([]);
  });

  it('gives one who comes after a change everything as added', async () => {
    const { cluster, watch } = followSource();
    watch('k8s:///svc.ns:tcp');
    cluster.slices.replace([slice({ name: 's', endpoints: hosts(1) })]);
    await macrotask();
    cluster.slices.upsert(slice({ name: 's', endpoints: hosts(1, 2) }));
    await macrotask();
    const later = watch('k8s:///svc.ns:tcp');
    await macrotask();
    expect(later.diffs.map(({ added }) => added.length)).toEqual([2]);
  });

  it('skips what is malformed in a slice, and logs it once', async () => {
    const { cluster, watch, logged } = followSource();
    const observer = watch('k8s:///svc.ns:tcp');
    const bad = slice({ name: 's', endpoints: [...hosts(1), { host: 'nonsense' }] });
    cluster.slices.replace([bad, { metadata: {} }, { metadata: { name: 'x', namespace: 'ns' } }]);
    cluster.slices.upsert(bad);
    await macrotask();
    expect(observer.keys).toEqual(['10.0.0.1:8088']);
    expect(logged.filter(({ level }) => level === 'warn')).toHaveLength(3);
  });
});

describe('users of one watch', () => {
  it('have settle times of their own', async () => {
    const { cluster, clock, watch } = followSource({ settleMs: 50 });
    const hasty = watch('k8s:///svc.ns:tcp');
    const patient = watch('k8s:///svc.ns:tcp', new Recorder(), { settleMs: 1000 });
    cluster.slices.replace([slice({ name: 's', endpoints: hosts(1, 2, 3) })]);
    await macrotask();
    cluster.slices.upsert(slice({ name: 's', endpoints: hosts(1, 2) }));
    await clock.advance(999);
    expect([hasty.keys.length, patient.keys.length]).toEqual([2, 3]);
    await clock.advance(1);
    expect(patient.keys).toHaveLength(2);
    expect(cluster.reflectors).toHaveLength(1);
  });

  it('stop using stale endpoints when each of them wants', async () => {
    const { cluster, clock, watch } = followSource();
    const [trusting, careful, half] = [undefined, 1000, 2000].map((maxStaleMs) =>
      watch('k8s:///svc.ns:tcp', new Recorder(), { maxStaleMs }),
    );
    cluster.slices.replace([slice({ name: 's', endpoints: hosts(1) })]);
    cluster.slices.onState?.(trouble());
    const sizes = () => [trusting, careful, half].map((each) => each?.keys.length);
    await clock.advance(999);
    expect(sizes()).toEqual([1, 1, 1]);
    await clock.advance(1);
    expect(sizes()).toEqual([1, 0, 1]);
    await clock.advance(1000);
    expect(sizes()).toEqual([1, 0, 0]);
    cluster.slices.onState?.(null);
    await macrotask();
    expect(sizes()).toEqual([1, 1, 1]);
    expect(cluster.reflectors).toHaveLength(1);
  });

  it('leave it to linger for as long as the most patient one wants', async () => {
    const { cluster, clock, watch } = followSource({ lingerMs: 100 });
    watch('k8s:///svc.ns:tcp', new Recorder(), { lingerMs: 5000 }).close();
    watch('k8s:///svc.ns:tcp', new Recorder(), { lingerMs: 0 }).close();
    await clock.advance(4999);
    expect(cluster.reflectors.map((each) => each.closed)).toEqual([false]);
    await clock.advance(1);
    expect(cluster.reflectors.map((each) => each.closed)).toEqual([true]);
  });
});

describe('lingering', () => {
  it('goes on for lingerMs after the last observer, so that the next one has its set at once', async () => {
    const { cluster, clock, watch } = followSource({ lingerMs: 1000 });
    const first = watch('k8s:///svc.ns:tcp');
    cluster.slices.replace([slice({ name: 's', endpoints: hosts(1) })]);
    await macrotask();
    first.close();
    await clock.advance(999);
    cluster.slices.upsert(slice({ name: 's', endpoints: hosts(1, 2) }));
    const second = watch('k8s:///svc.ns:tcp');
    await macrotask();
    expect(second.keys).toEqual(['10.0.0.1:8088', '10.0.0.2:8088']);
    await clock.advance(5000);
    expect(cluster.reflectors.map((each) => each.closed)).toEqual([false]);
  });

  it('ends then, and starts anew with the next observer', async () => {
    let idle = 0;
    const { cluster, clock, watch } = followSource({ lingerMs: 1000, onIdle: () => idle++ });
    watch('k8s:///svc.ns:tcp').close();
    await clock.advance(1000);
    expect(cluster.reflectors.map((each) => each.closed)).toEqual([true]);
    expect(idle).toBe(1);
    const second = watch('k8s:///svc.ns:tcp');
    expect(cluster.reflectors).toHaveLength(2);
    cluster.slices.replace([slice({ name: 's', endpoints: hosts(1) })]);
    await macrotask();
    expect(second.last.reason).toBe('first list');
  });

  it('leaves no timer behind', async () => {
    const { cluster, clock, watch, source } = followSource({ maxStaleMs: 10_000 });
    const observer = watch('k8s:///svc.ns:8088');
    cluster.slices.replace([slice({ name: 's', headless: false, endpoints: hosts(1) })]);
    await macrotask();
    cluster.slices.remove(slice({ name: 's' }));
    cluster.slices.onState?.(trouble());
    observer.close();
    source.close();
    await macrotask();
    expect(clock.pending).toBe(0);
  });

  it('holds the process exactly while somebody watches with ref', () => {
    const { watch } = followSource();
    const timeouts = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timeouts();
    const without = watch('k8s:///svc.ns:tcp', new Recorder());
    expect(timeouts()).toBe(before);
    const first = watch('k8s:///svc.ns:tcp', new Recorder(), { ref: true });
    const second = watch('k8s:///other.ns:tcp', new Recorder(), { ref: true });
    expect(timeouts()).toBe(before + 1);
    first.close();
    first.close();
    expect(timeouts()).toBe(before + 1);
    second.close();
    expect(timeouts()).toBe(before);
    without.close();
  });
});

describe('a source', () => {
  it('is idle once when it is closed', () => {
    let idle = 0;
    const { source, watch } = followSource({ onIdle: () => idle++ });
    source.close();
    source.close();
    expect(idle).toBe(1);
    const other = followSource({ onIdle: () => idle++ });
    other.watch('k8s:///svc.ns:tcp');
    other.source.close();
    expect(idle).toBe(2);
    expect(() => watch('k8s:///svc.ns:tcp')).toThrow('closed');
  });
});
