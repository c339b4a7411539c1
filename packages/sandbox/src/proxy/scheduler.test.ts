import { describe, expect, it } from 'vitest';
import { Affinity } from './affinity.js';
import type { Backend } from './backends.js';
import { createScheduler, type SchedulerName } from './scheduler.js';

const backends: readonly Backend[] = [1, 2, 3].map((n) => ({ host: `10.0.0.${n}`, port: 8088 }));

/** The last octets of the backends of so many connections, none of which ends unless `ends` says so. */
function choices(
  name: SchedulerName,
  clients: readonly { source?: string; destination?: string }[],
  active: Record<string, number> = {},
): string {
  const schedule = createScheduler(name, () => 0.5);
  return clients
    .map(({ source = '127.0.0.1', destination = '127.7.96.10' }) => {
      const { host } = schedule({ backends, source, destination, active: (each) => active[each.host] ?? 0 });
      active[host] = (active[host] ?? 0) + 1;
      return host.replace('10.0.0.', '');
    })
    .join('');
}

const plain = Array.from({ length: 6 }, () => ({}));
const sources = Array.from({ length: 60 }, (_, n) => ({ source: `127.7.1.${n}` }));

describe('a scheduler', () => {
  it('random draws', () => expect(choices('random', plain)).toBe('222222'));
  it('rr goes round', () => expect(choices('rr', plain)).toBe('123123'));
  it('lc takes the one with the fewest connections', () =>
    expect(choices('lc', plain, { '10.0.0.1': 3, '10.0.0.2': 1 })).toBe('323231'));
  it('sed takes the one with the least expected delay', () =>
    expect(choices('sed', plain, { '10.0.0.1': 3, '10.0.0.2': 1 })).toBe('323231'));
  it('nq takes an idle one at once', () =>
    expect(choices('nq', plain, { '10.0.0.1': 3, '10.0.0.2': 1 })).toBe('323231'));
  it('dh sends every client of one destination to one backend', () => {
    expect(new Set(choices('dh', sources)).size).toBe(1);
    const destinations = Array.from({ length: 60 }, (_, n) => ({ destination: `127.7.96.${n}` }));
    expect(new Set(choices('dh', destinations)).size).toBe(3);
  });
  it('sh sends one client to one backend, and clients to all', () => {
    expect(new Set(choices('sh', plain)).size).toBe(1);
    const once = choices('sh', sources);
    expect(choices('sh', sources)).toBe(once);
    expect(new Set(once).size).toBe(3);
  });
});

describe('session affinity', () => {
  const [first, second] = backends as [Backend, Backend];

  it('keeps a client on its backend until it has been away for too long', () => {
    const affinity = new Affinity();
    affinity.remember('c', first, 1000);
    expect(affinity.find('c', backends, { nowMs: 1999, timeoutMs: 1000 })).toEqual(first);
    expect(affinity.find('c', backends, { nowMs: 2000, timeoutMs: 1000 })).toBeUndefined();
    expect(affinity.find('d', backends, { nowMs: 1000, timeoutMs: 1000 })).toBeUndefined();
  });

  it('lets a client go whose backend is none any more', () => {
    const affinity = new Affinity();
    affinity.remember('c', first, 0);
    expect(affinity.find('c', [second], { nowMs: 1, timeoutMs: 1000 })).toBeUndefined();
  });

  it('remembers a bounded number of clients', () => {
    const affinity = new Affinity();
    for (let n = 0; n <= 10_000; n++) affinity.remember(`c${n}`, first, 0);
    expect(affinity.find('c0', backends, { nowMs: 1, timeoutMs: 1000 })).toBeUndefined();
    expect(affinity.find('c1', backends, { nowMs: 1, timeoutMs: 1000 })).toEqual(first);
  });
});
