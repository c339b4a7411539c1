import { afterEach, describe, expect, it } from 'vitest';
import type { FakeCluster } from '../../../test/doubles/fake-cluster.js';
import { closeSources, followSource, hosts, Recorder } from '../../../test/doubles/followed-source.js';
import { scopeOf, VersionedCluster } from '../../../test/doubles/versioned-cluster.js';
import { macrotask } from '../../../test/doubles/virtual-clock.js';
import { DiscoveryError } from '../../errors.js';
import { parseTarget } from '../../target.js';
import { UNANSWERED } from '../client/exchange.js';
import type { WatchScope } from './watch-scope.js';

afterEach(closeSources);

const openScopes = ({ reflectors }: FakeCluster) => reflectors.filter(({ closed }) => !closed).map(scopeOf);
const reflectorOf = ({ reflectors }: FakeCluster, scope: string) => {
  const found = reflectors.find((each) => !each.closed && scopeOf(each) === scope);
  if (found === undefined) throw new Error(`nothing watches ${scope}`);
  return found;
};
const forbidden = () => new DiscoveryError('FORBIDDEN', 'may not list endpointslices');

/** So many Services of the namespace `ns`, each with one endpoint that both kinds of watch know of. */
async function watchMany(count: number, options: { readonly watchScope?: WatchScope } = {}) {
  const followed = followSource(options);
  const { cluster, watch } = followed;
  const api = new VersionedCluster();
  const add = (n: number) => {
    api.set({ name: `s${n}`, service: `svc${n}`, endpoints: hosts(n) });
    return watch(`k8s:///svc${n}.ns:tcp`);
  };
  const observers = Array.from({ length: count }, (_, n) => add(n));
  for (const each of cluster.reflectors) api.tell(each);
  await macrotask();
  return { ...followed, api, add, observers };
}

describe('watches of their own', () => {
  it('look sooner when another of them has found the API server again', async () => {
    const { cluster } = await watchMany(3);
    const [first, ...others] = cluster.reflectors;
    const lost = new DiscoveryError('UNREACHABLE', 'no connection');
    for (const each of cluster.reflectors) each.handler.onState?.(lost);
    expect(cluster.reflectors.map(({ refreshed }) => refreshed)).toEqual([0, 0, 0]);
    first?.handler.onState?.(null);
    first?.handler.onState?.(null);
    expect([first?.refreshed, ...others.map(({ refreshed }) => refreshed)]).toEqual([0, 1, 1]);
  });
});

describe('one watch for a namespace', () => {
  it('takes the place of the others at the twentieth Service, and nobody notices', async () => {
    const { cluster, clock, api, add, observers } = await watchMany(19);
    expect(openScopes(cluster)).toHaveLength(19);
    const sets = observers.map(({ last }) => last);
    const twentieth = add(19);
    expect(openScopes(cluster)).toEqual([...sets.map((_, n) => `service svc${n}`), 'namespace ns']);
    api.tell(reflectorOf(cluster, 'namespace ns'));
    await clock.advance(10_000);
    expect(openScopes(cluster)).toEqual(['namespace ns']);
    expect(observers.map(({ sets: all }) => all)).toEqual(sets.map((set) => [set]));
    expect(observers.map(({ states }) => states)).toEqual(sets.map(() => []));
    expect(twentieth.keys).toEqual(['10.0.0.19:8088']);
    // The objects, too, are those of before.
    api.set({ name: 's3', service: 'svc3', endpoints: hosts(3, 103) });
    api.tell(reflectorOf(cluster, 'namespace ns'));
    await macrotask();
    expect(observers[3]?.last.endpoints).toContain(sets[3]?.endpoints[0]);
    expect(observers[3]?.diffs.at(-1)?.added.map(({ key }) => key)).toEqual(['10.0.0.103:8088']);
    expect(observers[4]?.sets).toHaveLength(1);
  });

  it('that hangs without a word is stood in for after three seconds, until it speaks', async () => {
    const { cluster, clock, api, add, logged } = await watchMany(19);
    const twentieth = add(19);
    await clock.advance(2_999);
    expect(openScopes(cluster)).not.toContain('service svc19');
    await clock.advance(1);
    api.tell(reflectorOf(cluster, 'service svc19'));
    await macrotask();
    expect(twentieth.keys).toEqual(['10.0.0.19:8088']);
    expect(logged.filter(({ msg }) => msg.includes('says nothing'))).toHaveLength(1);
    api.set({ name: 's19', service: 'svc19', endpoints: hosts(19, 119) });
    api.tell(reflectorOf(cluster, 'service svc19'));
    await macrotask();
    expect(twentieth.keys).toHaveLength(2);
    api.tell(reflectorOf(cluster, 'namespace ns'));
    await clock.advance(10_000);
    expect(openScopes(cluster)).toEqual(['namespace ns']);
    expect(twentieth.keys).toHaveLength(2);
  });

  it('that is known to hang is stood in for again and again, also when it was in other trouble before', async () => {
    const { cluster, clock, api, add } = await watchMany(19);
    const wide = () => reflectorOf(cluster, 'namespace ns').handler;
    const twentieth = add(19);
    wide().onState?.(new DiscoveryError('UNREACHABLE', 'no connection'));
    await clock.advance(10_000);
    expect(openScopes(cluster)).not.toContain('service svc19');
    const cause = Object.assign(new Error('no answer for 30000 ms'), { code: UNANSWERED });
    wide().onState?.(new DiscoveryError('UNREACHABLE', 'no connection: no answer for 30000 ms', { cause }));
    const late = add(20);
    await clock.advance(3_000);
    for (const name of ['svc19', 'svc20']) api.tell(reflectorOf(cluster, `service ${name}`));
    await macrotask();
    expect([twentieth.keys, late.keys]).toEqual([['10.0.0.19:8088'], ['10.0.0.20:8088']]);
    expect(late.last.state).toEqual({ kind: 'live' });
    api.tell(reflectorOf(cluster, 'namespace ns'));
    await clock.advance(10_000);
    expect(openScopes(cluster)).toEqual(['namespace ns']);
    expect([twentieth.sets.length, late.sets.length]).toEqual([1, 1]);
  });

  it('that told another trouble is not stood in for: narrower ones would have the same', async () => {
    const { cluster, clock, add } = await watchMany(19);
    add(19);
    const trouble = new DiscoveryError('UNREACHABLE', 'no connection');
    reflectorOf(cluster, 'namespace ns').handler.onState?.(trouble);
    await clock.advance(10_000);
    expect(openScopes(cluster)).not.toContain('service svc19');
  });

  it('asked for from the first Service on is kept while another stands in', async () => {
    const { cluster, clock, api, add } = await watchMany(0, { watchScope: 'namespace' });
    const only = add(0);
    await clock.advance(3_000);
    expect(openScopes(cluster)).toEqual(['namespace ns', 'service svc0']);
    api.tell(reflectorOf(cluster, 'service svc0'));
    await macrotask();
    expect(only.keys).toEqual(['10.0.0.0:8088']);
    only.close();
    await clock.advance(30_000);
    expect(openScopes(cluster)).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('waits with a Service until it has caught up with its own watch', async () => {
    const { cluster, clock, api, add, observers } = await watchMany(19);
    add(19);
    const whole = reflectorOf(cluster, 'namespace ns');
    const own = reflectorOf(cluster, 'service svc0');
    api.set({ name: 's0', service: 'svc0', endpoints: [{ host: '10.0.0.0', uid: 'u0', terminating: true }] });
    api.tell(own);
    // The list of the namespace is from before that.
    api.tell(whole, 20);
    await clock.advance(1000);
    expect(openScopes(cluster)).toEqual(['service svc0', 'namespace ns']);
    expect(observers[0]?.last.endpoints[0]?.terminating).toBe(true);
    api.tell(whole);
    await macrotask();
    expect(openScopes(cluster)).toEqual(['namespace ns']);
    expect(observers[0]?.sets).toHaveLength(2);
  });

  it('is believed after 5 s when the two go on to differ', async () => {
    const { cluster, clock, api, add, observers } = await watchMany(19);
    add(19);
    api.set({ name: 's0', service: 'svc0', endpoints: hosts(0, 100) });
    api.tell(reflectorOf(cluster, 'namespace ns'));
    await clock.advance(4999);
    expect(observers[0]?.keys).toEqual(['10.0.0.0:8088']);
    await clock.advance(1);
    expect(observers[0]?.keys).toEqual(['10.0.0.0:8088', '10.0.0.100:8088']);
    expect(openScopes(cluster)).toEqual(['namespace ns']);
  });

  it('is not believed while it has lost the API server', async () => {
    const { cluster, clock, api, add, observers } = await watchMany(19);
    add(19);
    const whole = reflectorOf(cluster, 'namespace ns');
    api.set({ name: 's0', service: 'svc0', endpoints: hosts(0, 100) });
    api.tell(reflectorOf(cluster, 'service svc0'));
    api.tell(whole, 20);
    whole.handler.onState?.(new DiscoveryError('UNREACHABLE', 'reset'));
    await clock.advance(20_000);
    expect(observers[0]?.keys).toEqual(['10.0.0.0:8088', '10.0.0.100:8088']);
    expect(observers[0]?.states).toEqual([]);
    expect(openScopes(cluster)).toEqual(['service svc0', 'namespace ns']);
    whole.handler.onState?.(null);
    api.tell(whole);
    await macrotask();
    expect(openScopes(cluster)).toEqual(['namespace ns']);
    expect(observers[0]?.sets).toHaveLength(2);
  });

  it('takes nothing over while it has lost the API server, also when both say the same', async () => {
    const { cluster, clock, api, add, observers } = await watchMany(19);
    add(19);
    const whole = reflectorOf(cluster, 'namespace ns');
    const own = reflectorOf(cluster, 'service svc0');
    api.set({ name: 's0', service: 'svc0', endpoints: hosts(0, 100) });
    api.tell(whole);
    whole.handler.onState?.(new DiscoveryError('UNREACHABLE', 'reset'));
    api.tell(own);
    await clock.advance(1000);
    expect(openScopes(cluster)).toEqual(['service svc0', 'namespace ns']);
    whole.handler.onState?.(null);
    await macrotask();
    expect(openScopes(cluster)).toEqual(['namespace ns']);
    expect(observers[0]?.states).toEqual([]);
    expect(observers[0]?.sets).toHaveLength(2);
  });

  it('serves later Services at once, and ends with the last one', async () => {
    const { cluster, clock, watch, api, add, observers } = await watchMany(20);
    api.set({ name: 'late', service: 'late', endpoints: hosts(77) });
    api.tell(reflectorOf(cluster, 'namespace ns'));
    const late = watch('k8s:///late.ns:tcp');
    const missing = add(500);
    await macrotask();
    expect(late.keys).toEqual(['10.0.0.77:8088']);
    expect(missing.last.absence?.code).toBe('NO_SERVICE');
    for (const each of [...observers, missing]) each.close();
    await clock.advance(31_000);
    expect(openScopes(cluster)).toEqual(['namespace ns']);
    late.close();
    await clock.advance(31_000);
    expect(openScopes(cluster)).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('keeps each namespace to itself', () => {
    const { cluster, watch } = followSource();
    for (let n = 0; n < 19; n++) for (const ns of ['a', 'b']) watch(`k8s:///svc${n}.${ns}:tcp`);
    expect(openScopes(cluster)).toHaveLength(38);
    watch('k8s:///svc19.b:tcp');
    expect(openScopes(cluster).slice(-1)).toEqual(['namespace b']);
  });

  it('that is refused leaves each Service its own watch, and is told of once', async () => {
    const { cluster, clock, api, add, observers, logged } = await watchMany(19);
    const twentieth = add(19);
    reflectorOf(cluster, 'namespace ns').handler.onState?.(forbidden());
    const later = add(20);
    for (const each of cluster.reflectors) api.tell(each);
    await clock.advance(10_000);
    expect(openScopes(cluster)).toEqual(Array.from({ length: 21 }, (_, n) => `service svc${n}`));
    expect([twentieth.keys, later.keys]).toEqual([['10.0.0.19:8088'], ['10.0.0.20:8088']]);
    expect([...observers, twentieth].flatMap(({ states }) => states)).toEqual([]);
    expect(logged.filter(({ level }) => level === 'warn')).toEqual([
      {
        level: 'warn',
        msg: 'the API server refuses to watch so much at once, going on with narrower watches',
        fields: { watch: 'namespace ns', error: 'may not list endpointslices' },
      },
    ]);
  });

  it('is asked for again after ten minutes, and takes over once it is allowed', async () => {
    const { cluster, clock, api, add, observers, logged } = await watchMany(19);
    add(19);
    const refuse = () => reflectorOf(cluster, 'namespace ns').handler.onState?.(forbidden());
    refuse();
    for (const each of cluster.reflectors) api.tell(each);
    await clock.advance(599_999);
    expect(openScopes(cluster)).not.toContain('namespace ns');
    await clock.advance(1);
    expect(openScopes(cluster)).toContain('namespace ns');
    refuse();
    await clock.advance(599_999);
    expect(openScopes(cluster)).toEqual(Array.from({ length: 20 }, (_, n) => `service svc${n}`));
    await clock.advance(1);
    api.tell(reflectorOf(cluster, 'namespace ns'));
    await clock.advance(0);
    expect(openScopes(cluster)).toEqual(['namespace ns']);
    expect(observers.map(({ sets }) => sets.length)).toEqual(observers.map(() => 1));
    expect(observers.flatMap(({ states }) => states)).toEqual([]);
    expect(logged.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  it('that is refused leaves no timer when nobody watches any more', async () => {
    const { cluster, clock, watch } = followSource({ watchScope: 'cluster', lingerMs: 0 });
    const observer = watch('k8s:///svc.ns:tcp');
    for (const scope of ['cluster', 'namespace ns']) {
      reflectorOf(cluster, scope).handler.onState?.(forbidden());
    }
    expect(openScopes(cluster)).toEqual(['service svc']);
    observer.close();
    await clock.advance(1);
    expect(openScopes(cluster)).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});

describe('a wish', () => {
  it('of one watch for each Service is kept, however many there are', () => {
    const { cluster, watch } = followSource({ watchScope: 'service' });
    for (let n = 0; n < 30; n++) watch(`k8s:///svc${n}.ns:tcp`);
    expect(openScopes(cluster)).toEqual(Array.from({ length: 30 }, (_, n) => `service svc${n}`));
  });

  it('of one watch for the cluster brings along whoever may come', async () => {
    const { cluster, watch } = followSource();
    const api = new VersionedCluster();
    api.set({ name: 's', service: 'svc', endpoints: hosts(1) });
    api.set({ name: 't', service: 'svc', namespace: 'other', endpoints: hosts(2) });
    const auto = watch('k8s:///svc.ns:tcp');
    watch('k8s:///svc.ns2:tcp', new Recorder(), { watchScope: 'service' });
    const wide = watch('k8s:///svc.other:tcp', new Recorder(), { watchScope: 'cluster' });
    for (const each of cluster.reflectors) api.tell(each);
    await macrotask();
    expect(openScopes(cluster)).toEqual(['service svc', 'cluster']);
    expect([auto.keys, wide.keys]).toEqual([['10.0.0.1:8088'], ['10.0.0.2:8088']]);
    expect(reflectorOf(cluster, 'cluster').options.request).toEqual({});
  });

  it('that is refused becomes the next narrower one, and that too', async () => {
    const { cluster, watch, logged } = followSource({ watchScope: 'cluster' });
    const api = new VersionedCluster();
    api.set({ name: 's', service: 'svc', endpoints: hosts(1) });
    const observer = watch('k8s:///svc.ns:tcp');
    const neighbour = watch('k8s:///svc2.ns:tcp');
    expect(openScopes(cluster)).toEqual(['cluster']);
    reflectorOf(cluster, 'cluster').handler.onState?.(forbidden());
    expect(openScopes(cluster)).toEqual(['namespace ns']);
    reflectorOf(cluster, 'namespace ns').handler.onState?.(forbidden());
    expect(openScopes(cluster)).toEqual(['service svc', 'service svc2']);
    expect(logged.map(({ msg }) => msg)).toEqual(Array(2).fill(logged[0]?.msg));
    reflectorOf(cluster, 'service svc').handler.onState?.(forbidden());
    await macrotask();
    expect(neighbour.states).toEqual([]);
    expect(observer.states.map(({ kind }) => kind)).toEqual(['unknown']);
    // Rights were given.
    api.tell(reflectorOf(cluster, 'service svc'));
    await macrotask();
    expect(observer.keys).toEqual(['10.0.0.1:8088']);
    expect(logged.filter(({ msg }) => msg.startsWith('the API server refuses'))).toHaveLength(2);
  });

  it('that is refused later costs no endpoint', async () => {
    const { cluster, clock, watch } = followSource({ watchScope: 'cluster' });
    const api = new VersionedCluster();
    api.set({ name: 's', service: 'svc', endpoints: hosts(1) });
    const observer = watch('k8s:///svc.ns:tcp');
    api.tell(reflectorOf(cluster, 'cluster'));
    await macrotask();
    reflectorOf(cluster, 'cluster').handler.onState?.(forbidden());
    await clock.advance(100);
    expect(observer.states.map(({ kind }) => kind)).toEqual(['stale']);
    api.tell(reflectorOf(cluster, 'namespace ns'));
    await clock.advance(100);
    expect(observer.states.map(({ kind }) => kind)).toEqual(['stale', 'live']);
    expect(observer.sets).toHaveLength(1);
    expect(openScopes(cluster)).toEqual(['namespace ns']);
  });

  it('is asked again for when nothing is left that it was refused for', async () => {
    const { cluster, clock, watch } = followSource({ watchScope: 'cluster', lingerMs: 10 });
    const first = watch('k8s:///svc.ns:tcp');
    reflectorOf(cluster, 'cluster').handler.onState?.(forbidden());
    first.close();
    await clock.advance(10);
    watch('k8s:///svc.ns:tcp');
    expect(openScopes(cluster)).toEqual(['cluster']);
  });

  it('that is none is refused', () => {
    const { watch } = followSource({ watchScope: 'everything' as WatchScope });
    expect(() => watch('k8s:///svc.ns:tcp')).toThrow(
      'watchScope "everything" is not one of service, auto, namespace, cluster',
    );
  });
});

describe('a lost connection to a pod', () => {
  it('lets the watch that serves its Service look sooner', async () => {
    const { cluster, source } = await watchMany(2);
    const watch = source.watch(parseTarget('k8s:///svc1.ns:tcp'), new Recorder());
    watch.refresh?.();
    watch.close();
    watch.refresh?.();
    expect(cluster.reflectors.map(({ refreshed }) => refreshed)).toEqual([0, 1]);
  });
});
