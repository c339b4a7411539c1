import { afterEach, describe, expect, it } from 'vitest';
import { closeSources, followSource, hosts } from '../../../test/doubles/followed-source.js';
import { service, slice } from '../../../test/doubles/slices.js';
import { macrotask } from '../../../test/doubles/virtual-clock.js';
import { parseTarget } from '../../target.js';
import { KubeError } from '../client/kube-error.js';
import type { ServiceView } from './port-rule.js';

afterEach(closeSources);

describe('the Service object', () => {
  const web = {
    clusterIP: '10.96.0.1',
    selector: { a: 'b' },
    ports: [{ name: 'tcp', port: 80, targetPort: 8088 }],
  };
  const clusterIpSlice = slice({ name: 's', headless: false, endpoints: hosts(1) });

  it('is not read for headless Services and named ports', async () => {
    const { cluster, watch } = followSource();
    watch('k8s:///svc.ns:8088');
    watch('k8s:///svc.ns:tcp');
    watch('k8s:///svc.ns');
    cluster.slices.replace([slice({ name: 's', endpoints: hosts(1) })]);
    await macrotask();
    expect(cluster.gets + cluster.watches.length).toBe(0);
  });

  it('maps a numeric port, and its later changes too', async () => {
    const { cluster, watch } = followSource();
    cluster.service = service(web);
    const observer = watch('k8s:///svc.ns:80');
    cluster.slices.replace([clusterIpSlice]);
    expect(observer.sets).toEqual([]);
    await macrotask();
    expect(observer.keys).toEqual(['10.0.0.1:8088']);
    const ports = [{ name: 'tcp', port: 80, targetPort: 9099 }];
    cluster.watches[0]?.push({ type: 'MODIFIED', object: service({ ...web, ports }) });
    cluster.slices.upsert(
      slice({ name: 's', headless: false, endpoints: hosts(1), ports: [{ name: 'tcp', port: 9099 }] }),
    );
    await macrotask();
    expect(observer.keys).toEqual(['10.0.0.1:9099']);
  });

  it('is waited for before the first set, by whichever way it comes', async () => {
    const { cluster, watch } = followSource();
    cluster.service = undefined;
    const observer = watch('k8s:///svc.ns:80');
    cluster.slices.replace([clusterIpSlice]);
    await macrotask();
    expect(observer.sets).toEqual([]);
    cluster.watches[0]?.push({ type: 'ADDED', object: service(web) });
    await macrotask();
    expect(observer.keys).toEqual(['10.0.0.1:8088']);
  });

  it('is watched no longer than somebody asks for a number, and read anew for the next', async () => {
    const { cluster, watch } = followSource();
    cluster.service = service(web);
    const named = watch('k8s:///svc.ns:tcp');
    const first = watch('k8s:///svc.ns:80');
    cluster.slices.replace([clusterIpSlice]);
    await macrotask();
    expect(first.keys).toEqual(['10.0.0.1:8088']);
    first.close();
    await macrotask();
    expect(cluster.watches.map((each) => each.closed)).toEqual([true]);
    const second = watch('k8s:///svc.ns:80');
    await macrotask();
    expect(second.keys).toEqual(['10.0.0.1:8088']);
    expect(named.sets).toHaveLength(1);
    expect(cluster.reflectors).toHaveLength(1);
  });

  it('that may not be read leaves the number to the slices', async () => {
    const { cluster, watch } = followSource();
    cluster.service = new KubeError(403, 'services "svc" is forbidden');
    cluster.watchError = cluster.service;
    const fits = watch('k8s:///svc.ns:8088');
    const misses = watch('k8s:///svc.ns:80');
    cluster.slices.replace([clusterIpSlice]);
    await macrotask();
    expect(fits.keys).toEqual(['10.0.0.1:8088']);
    expect(misses.last.absence).toEqual({
      code: 'NO_PORT',
      message:
        'no port 80 on the endpoints, which have tcp (8088); ports of the Service cannot be read: User "unknown" may not get services in namespace ns: "fairlead doctor --rbac k8s:///svc.ns:80" prints the Role',
    });
  });

  it.each([
    [null, { code: 'NO_SERVICE', message: 'Service svc does not exist in namespace ns' }],
    [
      new KubeError(403, 'forbidden'),
      {
        code: 'NO_SLICE',
        message: 'no EndpointSlice for Service svc in namespace ns: does the Service exist?',
      },
    ],
  ])('tells why there is no slice (%s)', async (answer, absence) => {
    const { cluster, watch } = followSource();
    cluster.service = answer;
    const observer = watch('k8s:///svc.ns:tcp');
    cluster.slices.replace([]);
    await macrotask();
    expect(observer.sets).toHaveLength(1);
    expect(observer.last).toMatchObject({ endpoints: [], absence, unusableSinceMs: expect.any(Number) });
  });

  it('is asked about before the first word on missing slices', async () => {
    const { cluster, watch } = followSource();
    cluster.service = undefined;
    const observer = watch('k8s:///svc.ns:tcp');
    cluster.slices.replace([]);
    await macrotask();
    await macrotask();
    expect(observer.sets).toEqual([]);
    cluster.watches[0]?.push({ type: 'ADDED', object: service({ ports: [] }) });
    await macrotask();
    expect(observer.sets.map((set) => set.absence?.message)).toEqual([
      'no EndpointSlice for Service svc in namespace ns: the Service has no selector',
    ]);
  });

  it('is made later: the text follows, then the endpoints', async () => {
    const { cluster, watch } = followSource();
    const observer = watch('k8s:///svc.ns:tcp');
    cluster.slices.replace([]);
    await macrotask();
    expect(observer.last.absence?.code).toBe('NO_SERVICE');
    cluster.watches[0]?.push({ type: 'ADDED', object: service(web) });
    await macrotask();
    expect(observer.last.absence?.message).toMatch(/its slices are not made yet$/);
    cluster.slices.upsert(clusterIpSlice);
    await macrotask();
    expect(observer.keys).toEqual(['10.0.0.1:8088']);
    expect(observer.last.absence).toBeUndefined();
    expect(cluster.watches.map((each) => each.closed)).toEqual([true]);
  });

  it('that is deleted does not keep old endpoints while the API server is slow to say so', async () => {
    const { cluster, clock, watch } = followSource();
    const observer = watch('k8s:///svc.ns:tcp');
    cluster.slices.replace([clusterIpSlice]);
    await macrotask();
    cluster.service = undefined;
    cluster.slices.remove(clusterIpSlice);
    await clock.advance(500);
    expect(observer.last.absence?.code).toBe('NO_SLICE');
  });

  describe('read for its own sake', () => {
    const annotated = (policy: string) => ({
      ...service(web),
      metadata: { name: 'svc', namespace: 'ns', annotations: { 'fairlead.dev/policy': policy } },
    });
    const read = ({ source }: ReturnType<typeof followSource>) => {
      const told: ServiceView[] = [];
      const reader = (view: ServiceView): void => void told.push(view);
      const target = parseTarget('k8s:///svc.ns:tcp');
      const reading = source.readService(target, reader, { ref: false, lingerMs: 0 });
      const policies = () =>
        told.map((view) => (view.kind === 'found' ? view.annotations?.['fairlead.dev/policy'] : view.kind));
      return { policies, close: () => reading.close() };
    };

    it('is told as it is and as it changes, by one watch for all who need it', async () => {
      const source = followSource();
      source.cluster.service = annotated('a');
      const first = read(source);
      source.watch('k8s:///svc.ns:80');
      source.cluster.slices.replace([clusterIpSlice]);
      await macrotask();
      const second = read(source);
      await macrotask();
      source.cluster.watches[0]?.push({ type: 'MODIFIED', object: annotated('b') });
      await macrotask();
      expect(first.policies().at(-1)).toBe('b');
      expect(second.policies()).toEqual(['a', 'b']);
      expect(source.cluster.watches).toHaveLength(1);
      first.close();
      source.cluster.watches[0]?.push({ type: 'MODIFIED', object: annotated('c') });
      await macrotask();
      expect(first.policies().at(-1)).toBe('b');
      expect(second.policies().at(-1)).toBe('c');
    });

    it('is watched no longer than somebody reads it', async () => {
      const source = followSource();
      source.cluster.service = null;
      const reading = read(source);
      await macrotask();
      expect(reading.policies()).toContain('missing');
      reading.close();
      await source.clock.advance(0);
      expect(source.cluster.watches.map((each) => each.closed)).toEqual([true]);
      expect(source.cluster.reflectors.map((each) => each.closed)).toEqual([true]);
    });

    it('says once that it may not be read', async () => {
      const source = followSource();
      source.cluster.service = new KubeError(403, 'services "svc" is forbidden');
      source.cluster.watchError = source.cluster.service;
      const reading = read(source);
      await source.clock.advance(300_000);
      expect(new Set(reading.policies())).toEqual(new Set(['unreadable']));
      expect(reading.policies().length).toBeLessThanOrEqual(2);
    });

    it('comes from the one watch of Services that a whole namespace shares', async () => {
      const source = followSource({ watchScope: 'namespace' });
      source.cluster.service = annotated('a');
      const reading = read(source);
      await macrotask();
      expect(reading.policies().at(-1)).toBe('a');
      expect(source.cluster.serviceReflectors).toHaveLength(1);
      expect(source.cluster.watches).toEqual([]);
    });
  });
});
