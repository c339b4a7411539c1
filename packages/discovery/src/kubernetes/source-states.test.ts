import { afterEach, describe, expect, it } from 'vitest';
import { closeSources, followSource, hosts } from '../../test/doubles/followed-source.js';
import { slice } from '../../test/doubles/slices.js';
import { macrotask, VirtualClock } from '../../test/doubles/virtual-clock.js';
import { DiscoveryError } from '../errors.js';

afterEach(closeSources);

const trouble = (message = 'reset', code: DiscoveryError['code'] = 'UNREACHABLE') =>
  new DiscoveryError(code, message);

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

  it('have the age of the oldest of several changes', async () => {
    const clock = new VirtualClock(triggerMs + 5_000);
    const { cluster, watch } = followSource({ clock });
    const observer = watch('k8s:///svc.ns:tcp');
    cluster.slices.replace([]);
    await macrotask();
    cluster.slices.upsert(slice({ name: 's', endpoints: hosts(1), triggerTime: '2026-11-23T15:00:31Z' }));
    cluster.slices.upsert(slice({ name: 't', endpoints: hosts(2), triggerTime }));
    cluster.slices.upsert(slice({ name: 'u', endpoints: hosts(3), triggerTime: '2026-11-23T15:00:30Z' }));
    await macrotask();
    expect(observer.last.ageMs).toBe(5_000);
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
