import { afterEach, describe, expect, it } from 'vitest';
import { closeSources, followSource } from '../../../test/doubles/followed-source.js';
import { slice } from '../../../test/doubles/slices.js';
import { macrotask } from '../../../test/doubles/virtual-clock.js';

afterEach(closeSources);

const pod = (n: number, more: { ready?: boolean } = {}) => ({
  host: `10.0.0.${n}`,
  uid: `u${n}`,
  pod: `web-${n}`,
  hostname: `web-${n}`,
  ...more,
});
const both = slice({ name: 's', endpoints: [pod(0), pod(1)] });

describe('a target that names one pod', () => {
  it('has its endpoint alone, from the watch that the Service has anyway', async () => {
    const { cluster, watch } = followSource();
    const one = watch('k8s:///web-1.svc.ns:tcp');
    const all = watch('k8s:///svc.ns:tcp');
    cluster.slices.replace([both]);
    await macrotask();
    expect(cluster.reflectors).toHaveLength(1);
    expect(one.keys).toEqual(['10.0.0.1:8088']);
    expect(all.keys).toEqual(['10.0.0.0:8088', '10.0.0.1:8088']);
  });

  it('follows the hostname to another address, and hears nothing of other pods', async () => {
    const { cluster, watch } = followSource();
    const one = watch('k8s:///web-1.svc.ns:8088');
    cluster.slices.replace([both]);
    await macrotask();
    cluster.slices.upsert(slice({ name: 's', endpoints: [pod(0, { ready: false }), pod(1)] }));
    await macrotask();
    expect(one.sets).toHaveLength(1);
    const moved = { ...pod(1), host: '10.0.0.9', uid: 'u9' };
    cluster.slices.upsert(slice({ name: 's', endpoints: [pod(0), moved] }));
    await macrotask();
    expect(one.keys).toContain('10.0.0.9:8088');
  });

  it.each([
    ['lists the hostnames that there are', [pod(0), pod(2)], 'they have web-0, web-2'],
    [
      'says how pods get one when none has one',
      [{ host: '10.0.0.7' }],
      'they have none: pods get one from a ',
    ],
  ])('%s when no endpoint has its own', async (_, endpoints, told) => {
    const { cluster, watch } = followSource();
    const one = watch('k8s:///web-1.svc.ns:8088');
    cluster.slices.replace([slice({ name: 's', endpoints })]);
    await macrotask();
    expect(one.last.absence).toMatchObject({ code: 'NO_HOSTNAME' });
    expect(one.last.absence?.message).toContain(`no endpoint has the hostname web-1; ${told}`);
    cluster.slices.upsert(both);
    await macrotask();
    expect(one.keys).toEqual(['10.0.0.1:8088']);
  });

  it('says that a Service without pods has no endpoints, not that one is missing', async () => {
    const { cluster, watch } = followSource();
    const one = watch('k8s:///web-1.svc.ns:tcp');
    cluster.slices.replace([slice({ name: 's', ports: [], endpoints: [] })]);
    await macrotask();
    expect(one.last.endpoints).toEqual([]);
    expect(one.last.absence).toBeUndefined();
  });

  it('says which ports its slice has when it lacks the one that is dialled', async () => {
    const { cluster, watch } = followSource();
    const one = watch('k8s:///web-1.svc.ns:tcp');
    const odd = slice({ name: 'odd', ports: [{ name: 'http', port: 80 }], endpoints: [pod(1)] });
    cluster.slices.replace([slice({ name: 's', endpoints: [pod(0)] }), odd]);
    await macrotask();
    expect(one.last.absence?.message).toBe('no port tcp; the endpoints have http (80)');
  });
});
