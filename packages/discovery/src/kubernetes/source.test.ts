import { afterEach, describe, expect, it } from 'vitest';
import { closeSources, followSource, hosts, Recorder } from '../../test/doubles/followed-source.js';
import { slice } from '../../test/doubles/slices.js';
import { macrotask, VirtualClock } from '../../test/doubles/virtual-clock.js';
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

describe('states', () => {
  it('are unknown before the first list, stale after it, and live again', async () => {
    const { cluster, clock, watch, logged } = followSource();
    const observer = watch('k8s:///svc.ns:tcp');
    await macrotask();
    const sinceMs = clock.now();
    cluster.slices.onState?.(trouble('refused'));
    await clock.advance(1000);
    cluster.slices.onState?.(trouble('refused'));
    await macrotask();
    expect(observer.states).toEqual([
      { kind: 'unknown', sinceMs, cause: expect.objectContaining({ message: 'refused' }) },
    ]);
    cluster.slices.replace([slice({ name: 's', endpoints: hosts(1) })]);
    cluster.slices.onState?.(null);
    await macrotask();
    expect(observer.last.state).toEqual({ kind: 'live' });
    const staleMs = clock.now();
    cluster.slices.onState?.(trouble());
    await macrotask();
    cluster.slices.onState?.(null);
    await macrotask();
    expect(observer.states.slice(1)).toEqual([
      { kind: 'live' },
      { kind: 'stale', sinceMs: staleMs, cause: expect.objectContaining({ message: 'reset' }) },
      { kind: 'live' },
    ]);
    expect(observer.sets).toHaveLength(1);
    expect(logged.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  it('keep the last endpoints while stale, and a joiner learns both', async () => {
    const { cluster, clock, watch } = followSource();
    watch('k8s:///svc.ns:tcp');
    cluster.slices.replace([slice({ name: 's', endpoints: hosts(1) })]);
    await macrotask();
    cluster.slices.onState?.(trouble());
    await clock.advance(3_600_000);
    const joiner = watch('k8s:///svc.ns:tcp');
    await macrotask();
    expect(joiner.keys).toEqual(['10.0.0.1:8088']);
    expect(joiner.last.state.kind).toBe('stale');
    expect(joiner.states.map(({ kind }) => kind)).toEqual(['stale']);
  });

  it('tell a joiner of an unknown state why', async () => {
    const { cluster, watch } = followSource();
    watch('k8s:///svc.ns:tcp');
    cluster.slices.onState?.(trouble('denied', 'FORBIDDEN'));
    const joiner = watch('k8s:///svc.ns:tcp');
    await macrotask();
    expect(joiner.states).toEqual([
      expect.objectContaining({ kind: 'unknown', cause: expect.objectContaining({ code: 'FORBIDDEN' }) }),
    ]);
    expect(joiner.sets).toEqual([]);
  });

  it('empty the set when it is stale for maxStaleMs, and fill it again', async () => {
    const { cluster, clock, watch } = followSource({ maxStaleMs: 60_000 });
    const observer = watch('k8s:///svc.ns:tcp');
    cluster.slices.replace([slice({ name: 's', endpoints: hosts(1) })]);
    await macrotask();
    const version = observer.last.version;
    cluster.slices.onState?.(trouble());
    await clock.advance(59_999);
    cluster.slices.onState?.(trouble('again'));
    await macrotask();
    expect(observer.sets).toHaveLength(1);
    await clock.advance(1);
    expect(observer.last).toMatchObject({
      endpoints: [],
      state: { kind: 'stale' },
      reason: 'stale for too long',
    });
    cluster.slices.replace([slice({ name: 's', endpoints: hosts(1) })]);
    await macrotask();
    expect(observer.last.version).toBe(version);
    expect(observer.last.state).toEqual({ kind: 'live' });
  });

  it('empty the set of a stale source also when the clock was set back', async () => {
    const clock = new VirtualClock();
    const { cluster, watch } = followSource({ maxStaleMs: 60_000, clock });
    const observer = watch('k8s:///svc.ns:tcp');
    cluster.slices.replace([slice({ name: 's', endpoints: hosts(1) })]);
    cluster.slices.onState?.(trouble());
    await clock.advance(1000);
    clock.setBack(3_600_000);
    cluster.slices.onState?.(trouble());
    await clock.advance(59_999);
    expect(observer.keys).toHaveLength(1);
    await clock.advance(1);
    expect(observer.keys).toEqual([]);
  });

  it('warn once a minute about the same kind of trouble', async () => {
    const { cluster, clock, watch, logged } = followSource();
    watch('k8s:///svc.ns:tcp');
    for (let n = 0; n < 10; n++) {
      cluster.slices.onState?.(trouble(`attempt ${n}`));
      await clock.advance(15_000);
    }
    expect(logged.filter(({ level }) => level === 'warn')).toHaveLength(3);
  });

  it('reach the observers although the logger throws', async () => {
    const broken = (): never => {
      throw new Error('disk full');
    };
    const logger = { debug: broken, info: broken, warn: broken, error: broken };
    const { cluster, watch } = followSource({ logger });
    const observer = watch('k8s:///svc.ns:tcp');
    watch('k8s:///svc.ns:tcp', { onSet: broken });
    cluster.slices.onState?.(trouble());
    await macrotask();
    cluster.slices.replace([slice({ name: 's', endpoints: [{ host: 'nonsense' }, ...hosts(1)] })]);
    await macrotask();
    expect(observer.keys).toEqual(['10.0.0.1:8088']);
    expect(observer.states.map(({ kind }) => kind)).toEqual(['unknown', 'live']);
  });

  it('tell why watches start over', () => {
    const reasons: string[] = [];
    const { cluster, watch } = followSource({ onRestart: (reason) => reasons.push(reason) });
    watch('k8s:///svc.ns:tcp');
    cluster.slices.onRestart?.('expired');
    expect(reasons).toEqual(['expired']);
  });
});

describe('times of a set', () => {
  const triggerMs = Date.UTC(2026, 10, 23, 15, 0, 28);
  const triggerTime = '2026-11-23T15:00:28Z';

  it('have an age only for a watch event that brings a new trigger time', async () => {
    const clock = new VirtualClock(triggerMs + 700);
    const { cluster, watch } = followSource({ clock });
    const observer = watch('k8s:///svc.ns:tcp');
    cluster.slices.replace([slice({ name: 's', endpoints: hosts(1), triggerTime })]);
    await macrotask();
    expect(observer.last.ageMs).toBeUndefined();
    cluster.slices.upsert(slice({ name: 's', endpoints: hosts(1, 2), triggerTime }));
    await macrotask();
    expect(observer.last.ageMs).toBeUndefined();
    cluster.slices.upsert(slice({ name: 's', endpoints: hosts(1), triggerTime: '2026-11-23T15:00:29Z' }));
    await clock.advance(100);
    expect(observer.last.reason).toBe('1 removed');
    expect(observer.last.ageMs).toBeUndefined();
    cluster.slices.upsert(slice({ name: 't', endpoints: hosts(3), triggerTime }));
    await macrotask();
    expect(observer.last.ageMs).toBe(800);
    cluster.slices.upsert(slice({ name: 't', endpoints: hosts(3, 4) }));
    await macrotask();
    expect(observer.last.ageMs).toBeUndefined();
  });

  it('say since when no endpoint is usable', async () => {
    const { cluster, clock, watch } = followSource();
    const observer = watch('k8s:///svc.ns:tcp');
    cluster.slices.replace([slice({ name: 's', endpoints: hosts(1) })]);
    await macrotask();
    expect(observer.last.unusableSinceMs).toBeUndefined();
    await clock.advance(1000);
    const sinceMs = clock.now();
    const unready = { host: '10.0.0.1', uid: 'u1', ready: false };
    cluster.slices.upsert(slice({ name: 's', endpoints: [unready] }));
    await clock.advance(1000);
    cluster.slices.upsert(
      slice({ name: 's', endpoints: [unready, { ...unready, host: '10.0.0.2', uid: 'u2' }] }),
    );
    await clock.advance(1000);
    expect(observer.last.unusableSinceMs).toBe(sinceMs);
    expect(observer.last.changedAtMs).toBe(sinceMs + 1000);
    cluster.slices.upsert(slice({ name: 's', endpoints: hosts(1) }));
    await macrotask();
    expect(observer.last.unusableSinceMs).toBeUndefined();
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
