import { afterEach, describe, expect, it } from 'vitest';
import { closeSources, followSource, hosts } from '../../../test/doubles/followed-source.js';
import { service, slice } from '../../../test/doubles/slices.js';
import { macrotask } from '../../../test/doubles/virtual-clock.js';
import { DiscoveryError } from '../../errors.js';
import type { KubeObject } from '../client/client.js';
import { UNANSWERED } from '../client/exchange.js';
import { KubeError } from '../client/kube-error.js';

afterEach(closeSources);

const spec = (port: number) => ({
  clusterIP: '10.96.0.1',
  selector: { a: 'b' },
  ports: [{ name: 'tcp', port, targetPort: 8088 }],
});
const web = (name: string, port = 80) => service(spec(port), name);
/** The slice of a Service with a cluster IP, with one endpoint. */
const sliceOf = (name: string, n: number): KubeObject =>
  slice({
    name: `${name}-1`,
    service: name,
    headless: false,
    endpoints: hosts(n),
    resourceVersion: String(n),
  });

const unanswered = Object.assign(new Error('no answer for 30000 ms'), { code: UNANSWERED });
const NAMES = Array.from({ length: 20 }, (_, n) => `svc${n}`);
const SLICES = NAMES.map((name, n) => sliceOf(name, n + 1));
const openWatches = ({ watches }: { watches: readonly { readonly closed: boolean }[] }) =>
  watches.filter(({ closed }) => !closed).length;

describe('Service objects of a namespace', () => {
  it('are read by one watch, which tells each Service its own', async () => {
    const { cluster, clock, watch } = followSource({ watchScope: 'namespace' });
    cluster.service = undefined;
    const [first, second] = ['k8s:///svc0.ns:80', 'k8s:///svc1.ns:80'].map((target) => watch(target));
    cluster.slices.replace(SLICES);
    await macrotask();
    expect([first?.sets, second?.sets]).toEqual([[], []]);
    const [reflector, ...more] = cluster.serviceReflectors;
    expect(more).toEqual([]);
    expect(reflector?.options).toMatchObject({
      ref: { group: '', resource: 'services' },
      request: { namespace: 'ns' },
      keepProcessAlive: false,
    });
    // A server out of reach is no reason for a watch of each.
    reflector?.handler.onState?.(new DiscoveryError('UNREACHABLE', 'reset'));
    reflector?.handler.replace([web('svc0')]);
    await macrotask();
    expect(first?.keys).toEqual(['10.0.0.1:8088']);
    // The Service of the other is missing: its number can only be the pods'.
    expect(second?.last.absence?.code).toBe('NO_SERVICE');
    reflector?.handler.upsert(web('svc1'));
    await macrotask();
    expect(second?.keys).toEqual(['10.0.0.2:8088']);
    expect(first?.sets).toHaveLength(1);
    reflector?.handler.replace([web('svc1')]);
    await clock.advance(1000);
    expect(first?.last.absence?.code).toBe('NO_SERVICE');
    expect(cluster.gets + cluster.watches.length).toBe(0);
  });

  it('take the place of a watch for each when the slices of the namespace do, and nobody notices', async () => {
    const { cluster, clock, watch } = followSource();
    cluster.service = web('svc');
    const observers = NAMES.slice(0, 19).map((name) => watch(`k8s:///${name}.ns:80`));
    cluster.reflectors.forEach((each, n) => void each.handler.replace([SLICES[n] as KubeObject]));
    await macrotask();
    const told = observers.map(({ sets }) => sets.length);
    expect(openWatches(cluster)).toBe(19);
    // From here on a list of all Services is not answered at once.
    cluster.service = undefined;
    const last = watch('k8s:///svc19.ns:80');
    cluster.slices.replace(SLICES);
    await macrotask();
    expect(openWatches(cluster)).toBe(19);
    cluster.serviceReflectors[0]?.handler.replace(NAMES.map((name) => web(name)));
    await macrotask();
    expect(openWatches(cluster)).toBe(0);
    expect(cluster.serviceReflectors).toHaveLength(1);
    expect(last.keys).toEqual(['10.0.0.20:8088']);
    expect(observers.map(({ sets }) => sets.length)).toEqual(told);
    for (const each of [...observers, last]) each.close();
    await clock.advance(31_000);
    expect(cluster.serviceReflectors[0]?.closed).toBe(true);
  });

  it('are watched one by one while the account may not list them, and together once it may', async () => {
    const { cluster, watch, logged } = followSource({ watchScope: 'cluster' });
    cluster.service = web('svc0');
    cluster.serviceListError = new DiscoveryError('FORBIDDEN', 'may not list services');
    const observer = watch('k8s:///svc0.ns:80');
    cluster.slices.replace(SLICES);
    await macrotask();
    expect(observer.keys).toEqual(['10.0.0.1:8088']);
    expect(openWatches(cluster)).toBe(1);
    const warnings = () => logged.filter(({ msg }) => msg.includes('refuses to list Services'));
    expect(warnings()).toMatchObject([{ level: 'warn', fields: { watch: 'cluster' } }]);
    const handler = cluster.serviceReflectors[0]?.handler;
    handler?.onState?.(cluster.serviceListError);
    handler?.replace([web('svc0')]);
    await macrotask();
    expect(openWatches(cluster)).toBe(0);
    expect(warnings()).toHaveLength(1);
    expect(observer.sets).toHaveLength(1);
  });

  it.each([
    ['says nothing for three seconds', undefined],
    ['is not answered', new DiscoveryError('UNREACHABLE', 'no answer', { cause: unanswered })],
  ])('are watched one by one while the watch of all %s, and together once it speaks', async (_, trouble) => {
    const { cluster, clock, watch, logged } = followSource({ watchScope: 'namespace' });
    cluster.service = undefined;
    const observer = watch('k8s:///svc0.ns:80');
    cluster.slices.replace(SLICES);
    await macrotask();
    const handler = cluster.serviceReflectors[0]?.handler;
    cluster.service = web('svc0');
    if (trouble === undefined) await clock.advance(3_000);
    else handler?.onState?.(trouble);
    await macrotask();
    expect(observer.keys).toEqual(['10.0.0.1:8088']);
    expect(openWatches(cluster)).toBe(1);
    expect(logged.filter(({ msg }) => msg.includes('a watch of Services says nothing'))).toHaveLength(1);
    handler?.replace([web('svc0')]);
    await macrotask();
    expect(openWatches(cluster)).toBe(0);
    expect(observer.sets).toHaveLength(1);
  });

  it('are not asked for one by one when the API server is out of reach', async () => {
    const { cluster, clock, watch } = followSource({ watchScope: 'namespace' });
    cluster.service = undefined;
    watch('k8s:///svc0.ns:80');
    cluster.slices.replace(SLICES);
    await macrotask();
    cluster.serviceReflectors[0]?.handler.onState?.(new DiscoveryError('UNREACHABLE', 'refused'));
    await clock.advance(60_000);
    expect(cluster.gets + openWatches(cluster)).toBe(0);
  });

  it('keep what they said when the account loses the right to the slices of the namespace', async () => {
    const { cluster, clock, watch } = followSource({ watchScope: 'namespace' });
    cluster.service = web('svc0');
    const observer = watch('k8s:///svc0.ns:80');
    cluster.slices.replace(SLICES);
    await macrotask();
    expect(observer.keys).toEqual(['10.0.0.1:8088']);
    cluster.service = new KubeError(403, 'services "svc0" is forbidden');
    cluster.watchError = cluster.service;
    cluster.slices.onState?.(new DiscoveryError('FORBIDDEN', 'may not list endpointslices'));
    cluster.slices.replace([SLICES[0] as KubeObject]);
    await clock.advance(1000);
    expect(cluster.serviceReflectors[0]?.closed).toBe(true);
    expect(cluster.gets).toBe(1);
    expect(observer.sets).toHaveLength(1);
  });

  it('stay as they are when their watch is in trouble', async () => {
    const { cluster, watch } = followSource({ watchScope: 'namespace' });
    cluster.service = web('svc0');
    const observer = watch('k8s:///svc0.ns:80');
    cluster.slices.replace(SLICES);
    await macrotask();
    const handler = cluster.serviceReflectors[0]?.handler;
    handler?.onState?.(new DiscoveryError('UNREACHABLE', 'reset'));
    handler?.onState?.(new DiscoveryError('FORBIDDEN', 'no more'));
    await macrotask();
    expect(openWatches(cluster)).toBe(0);
    expect(observer.sets).toHaveLength(1);
  });
});
