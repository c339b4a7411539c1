import { expect, it } from 'vitest';
import { VirtualClock } from '../../test/doubles/virtual-clock.js';
import type { DnsTarget } from '../dns/target.js';
import { DiscoveryError } from '../errors.js';
import type { EndpointSource } from '../source.js';
import { parseTarget } from '../target.js';
import { withDnsFallback } from './with-dns-fallback.js';

const target = parseTarget('k8s:///svc.ns:8088');

/** A source that counts who watches. */
function counting<T>() {
  const counter = { open: 0 };
  const source: EndpointSource<T> = {
    watch() {
      counter.open += 1;
      return {
        close: () => {
          counter.open -= 1;
        },
      };
    },
    close() {},
  };
  return { counter, source };
}

it('becomes the cluster that credentials lead to once they are there', async () => {
  const clock = new VirtualClock();
  const dns = counting<DnsTarget>();
  const api = counting();
  let answer: (() => never) | null = () => {
    throw new DiscoveryError('ACCESS_INVALID', 'no kubeconfig');
  };
  const open = () =>
    answer?.() ?? { namespace: 'own', server: 'https://api:6443', source: api.source, extra: 1 };
  const cluster = withDnsFallback(open, { dns: dns.source, clusterDomain: 'cluster.local', clock });
  expect(cluster.server).toBe('');
  const watch = cluster.source.watch(target, { onSet: () => {} });
  expect([dns.counter.open, api.counter.open]).toEqual([1, 0]);
  answer = () => {
    throw new TypeError('half a file');
  };
  await clock.advance(30_000);
  expect(api.counter.open).toBe(0);
  answer = null;
  await clock.advance(30_000);
  expect(api.counter.open).toBe(1);
  expect(cluster).toMatchObject({ namespace: 'own', server: 'https://api:6443', extra: 1 });
  watch.close();
  expect([dns.counter.open, api.counter.open, clock.pending]).toEqual([0, 0, 0]);
});

it('passes on what is wrong with options', () => {
  const open = (): never => {
    throw new DiscoveryError('OPTION_INVALID', 'watchScope');
  };
  const options = { dns: counting<DnsTarget>().source, clusterDomain: 'cluster.local' };
  expect(() => withDnsFallback(open, options)).toThrow('watchScope');
});
