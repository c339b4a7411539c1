import { describe, expect, it } from 'vitest';
import {
  CONTEXT,
  call,
  candidate,
  candidates,
  connectAll,
  hostOf,
  mustPick,
  OK,
  tally,
} from '../test/hosts.js';
import { Loads } from './candidates/loads.js';
import { parseConfig, policyConfig } from './config/parse.js';
import type { Candidate, Pipeline } from './contract.js';
import { buildPipeline, createPipeline } from './pipeline.js';

const POLICIES = ['roundRobin', 'leastRequest'];

function pipeline(policy = 'roundRobin', seed = 1): Pipeline {
  return createPipeline(policyConfig(policy), hostOf(seed));
}

describe('plan', () => {
  it('holds the ready keys only, and says why of every key', () => {
    const p = pipeline();
    const plan = p.update([
      candidate(1),
      candidate(2, { ready: false, serving: false }),
      candidate(3, { ready: false, terminating: true }),
      candidate(4, { ready: true, terminating: true }),
    ]);
    expect([...plan.connect]).toEqual(['10.0.0.1:80']);
    expect([...plan.pick]).toEqual([['10.0.0.1:80', 1]]);
    expect(plan.lazy.size).toBe(0);
    const why = [1, 2, 3, 4, 5].map((n) => plan.why(`10.0.0.${n}:80`));
    expect(why).toEqual(['idle', 'not-ready', 'terminating', 'terminating', undefined]);
  });

  it('falls back to serving, terminating endpoints when none is ready, and back again', () => {
    const p = pipeline();
    const leaving = candidate(1, { ready: false, terminating: true });
    const dead = candidate(2, { ready: false, serving: false, terminating: true });
    const starting = candidate(3, { ready: false, serving: false });
    const plan = p.update([leaving, dead, starting]);
    expect([...plan.connect]).toEqual([leaving.key]);
    p.connection(leaving.key, 'ready');
    expect(plan.why(leaving.key)).toBe('terminating-fallback');
    expect(call(p)).toBe(leaving.key);

    const started = candidate(3);
    const next = p.update([leaving, dead, started]);
    expect([...next.connect]).toEqual([started.key]);
    expect(next.why(leaving.key)).toBe('terminating');
    expect(p.pick(CONTEXT)).toBeNull();
  });

  it('keeps the connection of the last ready endpoint when it turns terminating', () => {
    const p = pipeline();
    connectAll(p, [candidate(1), candidate(2, { ready: false, serving: false })]);
    const plan = p.update([candidate(1, { ready: false, terminating: true })]);
    expect([...plan.connect]).toEqual(['10.0.0.1:80']);
    expect(call(p)).toBe('10.0.0.1:80');
  });

  it('is empty for an empty list', () => {
    const p = pipeline();
    connectAll(p, candidates(3));
    const plan = p.update([]);
    expect([plan.connect.size, plan.pick.size]).toEqual([0, 0]);
    expect(p.pick(CONTEXT)).toBeNull();
  });

  it('is the same object while the planned keys are the same', () => {
    const p = pipeline();
    const list = candidates(5);
    const plan = p.update(list);
    expect(p.update(list)).toBe(plan);
    expect(p.update([...list])).toBe(plan);
    expect(p.update(list.map((c) => ({ ...c, zone: 'b' })))).toBe(plan);
    expect(p.update([...list].reverse())).toBe(plan);
    expect(p.update([...list, candidate(9, { ready: false })])).toBe(plan);
    expect(p.update(list.slice(1))).not.toBe(plan);
  });

  it('does not change when a later one is made', () => {
    const p = pipeline();
    const plan = p.update(candidates(2));
    p.update(candidates(4));
    expect([plan.connect.size, plan.pick.size]).toEqual([2, 2]);
  });

  it('takes the first of two candidates with one key', () => {
    const p = pipeline();
    const twice = candidate(1, { ready: false, serving: false });
    expect(p.update([candidate(1), candidate(2), twice]).connect.size).toBe(2);
    expect(p.update([twice, candidate(2), candidate(1)]).connect.size).toBe(1);
    expect(p.update([candidate(1), candidate(2), twice]).connect.size).toBe(2);
    expect(p.update([candidate(2), twice]).connect.size).toBe(1);
  });

  it('keeps the connection of a key whose second candidate goes', () => {
    const p = pipeline();
    const [a, b] = [candidate(1), candidate(2)];
    connectAll(p, [a, b, candidate(1, { uid: 'other' })]);
    const plan = p.update([a, b]);
    expect([plan.why(a.key), plan.why(b.key)]).toEqual(['ready', 'ready']);
  });

  it('reads nothing of an endpoint that is the same object', () => {
    const p = pipeline();
    const reads: string[] = [];
    const watched = candidates(10).map(
      (c) =>
        new Proxy(c, {
          get(target, name, receiver) {
            reads.push(String(name));
            return Reflect.get(target, name, receiver);
          },
        }),
    );
    p.update(watched);
    reads.length = 0;
    p.update([...watched]);
    p.update([...watched.slice(0, 5), candidate(99), ...watched.slice(5)]);
    expect(reads).toEqual([]);
  });
});

describe.each(POLICIES)('pick with %s', (policy) => {
  it('takes connected keys only and none while nothing is connected', () => {
    const p = pipeline(policy);
    p.update(candidates(3));
    expect(p.pick(CONTEXT)).toBeNull();
    p.connection('10.0.0.0:80', 'connecting');
    expect(p.pick(CONTEXT)).toBeNull();
    p.connection('10.0.0.1:80', 'ready');
    expect(new Set([call(p), call(p), call(p)])).toEqual(new Set(['10.0.0.1:80']));
    p.connection('10.0.0.1:80', 'failed');
    expect(p.pick(CONTEXT)).toBeNull();
  });

  it('leaves a key alone after it left the plan, whatever its connection still says', () => {
    const p = pipeline(policy);
    const [a, b] = [candidate(1), candidate(2)];
    connectAll(p, [a, b]);
    p.update([a]);
    p.connection(b.key, 'ready');
    expect(new Set(Array.from({ length: 20 }, () => call(p)))).toEqual(new Set([a.key]));
    p.update([a, b]);
    expect(new Set(Array.from({ length: 20 }, () => call(p)))).toEqual(new Set([a.key]));
    p.connection(b.key, 'ready');
    expect(new Set(Array.from({ length: 20 }, () => call(p))).size).toBe(2);
  });

  it('reaches a new endpoint as soon as its connection is ready', () => {
    const p = pipeline(policy);
    connectAll(p, candidates(3));
    p.update(candidates(4));
    p.connection('10.0.0.3:80', 'ready');
    expect(tally(Array.from({ length: 40 }, () => call(p))).get('10.0.0.3:80')).toBeGreaterThan(2);
  });

  it('spreads a burst of one turn before any call has started', () => {
    const p = pipeline(policy);
    connectAll(p, candidates(4));
    const counts = tally(Array.from({ length: 100 }, () => mustPick(p).key));
    expect(counts.size).toBe(4);
    for (const count of counts.values()) expect(Math.abs(count - 25)).toBeLessThanOrEqual(3);
  });
});

describe('calls in flight', () => {
  it('steer least request away from a busy endpoint', () => {
    const p = pipeline('leastRequest');
    connectAll(p, candidates(2));
    const busy = mustPick(p);
    p.started(busy);
    p.endOfTurn();
    const counts = tally(Array.from({ length: 50 }, () => call(p)));
    expect(counts.has(busy.key)).toBe(false);
    p.ended(busy, OK);
    expect(tally(Array.from({ length: 50 }, () => call(p))).size).toBe(2);
  });

  it('follow the pod, not the address', () => {
    const loads = new Loads();
    const p = buildPipeline(policyConfig('leastRequest'), hostOf(1), loads);
    connectAll(p, [candidate(1, { uid: 'a' }), candidate(2, { uid: 'b' })]);
    const slots = [mustPick(p), mustPick(p)];
    for (const slot of slots) p.started(slot);
    // Another pod at the first address, and pod a at a further one.
    connectAll(p, [candidate(1, { uid: 'c' }), candidate(3, { uid: 'a' })]);
    const load = (uid: string): number => {
      const found = loads.acquire(uid);
      loads.release(found);
      return found.inFlight;
    };
    expect([load('a'), load('b'), load('c')]).toEqual([1, 1, 0]);
    for (const slot of slots) p.ended(slot, OK);
    expect([load('a'), load('b'), load('c')]).toEqual([0, 0, 0]);
    expect(loads.size).toBe(2);
  });

  it('survive reconnects', () => {
    const loads = new Loads();
    const p = buildPipeline(parseConfig({}), hostOf(1), loads);
    connectAll(p, candidates(1));
    const slot = mustPick(p);
    p.started(slot);
    p.connection(slot.key, 'failed');
    p.connection(slot.key, 'ready');
    expect(loads.inFlight).toBe(1);
  });

  it('ignore an unknown slot and a second end', () => {
    const loads = new Loads();
    const p = buildPipeline(parseConfig({}), hostOf(1), loads);
    connectAll(p, candidates(1));
    p.ended({ key: 'x', token: undefined }, OK);
    p.started({ key: 'x', token: { inFlight: 1 } });
    const slot = mustPick(p);
    p.started(slot);
    p.ended(slot, OK);
    p.ended(slot, OK);
    p.started(slot);
    expect(loads.inFlight).toBe(1);
  });

  it('stay counted across a change of config', () => {
    const first = pipeline('roundRobin');
    connectAll(first, candidates(2));
    const busy = mustPick(first);
    first.started(busy);
    first.endOfTurn();
    const second = createPipeline(parseConfig({}), { ...hostOf(2), previous: first });
    connectAll(second, candidates(2));
    expect(tally(Array.from({ length: 50 }, () => call(second))).has(busy.key)).toBe(false);
    second.ended(busy, OK);
    expect(tally(Array.from({ length: 50 }, () => call(second))).size).toBe(2);
    expect(first.pick(CONTEXT)).toBeNull();
  });

  it('takes a foreign pipeline as no predecessor', () => {
    const foreign: Pipeline = { ...pipeline(), update: () => expect.unreachable() };
    const p = createPipeline(parseConfig({}), { ...hostOf(2), previous: foreign });
    connectAll(p, candidates(1));
    expect(call(p)).toBe('10.0.0.0:80');
  });
});

describe.each(POLICIES)('a connection of %s', (policy) => {
  it('that is reported ready twice is one to pick, and none once it is lost', () => {
    const p = pipeline(policy);
    connectAll(p, candidates(2));
    p.connection('10.0.0.0:80', 'ready');
    expect([...tally(Array.from({ length: 400 }, () => call(p))).values()].every((n) => n > 150)).toBe(true);
    p.connection('10.0.0.0:80', 'failed');
    expect(tally(Array.from({ length: 50 }, () => call(p)))).toEqual(new Map([['10.0.0.1:80', 50]]));
  });
});

describe('what these policies do not need', () => {
  it('neither asks for a wake nor changes the plan by reports and connections', () => {
    const p = pipeline();
    const list: Candidate[] = candidates(2);
    const plan = p.update(list);
    p.report('10.0.0.0:80', { cpuUtilization: 0.9 });
    expect(p.connection('10.0.0.0:80', 'ready')).toBeNull();
    expect(p.connection('unknown', 'ready')).toBeNull();
    expect([p.nextWakeMs, p.wake()]).toEqual([null, null]);
    expect(p.update(list)).toBe(plan);
  });
});
