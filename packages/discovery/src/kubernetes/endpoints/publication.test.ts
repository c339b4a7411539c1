import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Endpoint } from '../../endpoint.js';
import { Publication } from './publication.js';

interface Fields extends Partial<Endpoint> {
  readonly hosts?: string[];
}

function endpoint(name: string, { hosts = [name], ...more }: Fields = {}): Endpoint {
  const addresses = hosts.map((host) => ({ host, port: 80 }));
  const key = hosts.map((host) => `${host}:80`).join(',');
  return { key, addresses, ready: true, serving: true, terminating: false, slice: 's', ...more };
}

function mapOf(...endpoints: Endpoint[]): Map<string, Endpoint> {
  return new Map(endpoints.map((each) => [each.key, each]));
}

const many = Array.from({ length: 10 }, (_, index) => endpoint(`e${index}`));

/** Applies truths at times; every key counts as possibly changed. */
function run(publication: Publication, ...steps: [nowMs: number, truth: Map<string, Endpoint>][]): string[] {
  for (const [nowMs, truth] of steps) {
    publication.apply(truth, new Set([...truth.keys(), ...publication.published.keys()]), nowMs);
  }
  return [...publication.published.keys()].sort();
}

describe('Publication', () => {
  it('publishes what is there at once', () => {
    expect(run(new Publication(50), [0, mapOf(...many)])).toEqual([...mapOf(...many).keys()].sort());
  });

  it('publishes a changed condition at once', () => {
    const publication = new Publication(50);
    const unready = endpoint('e0', { ready: false });
    run(publication, [0, mapOf(...many)], [1, mapOf(...many.slice(1), unready)]);
    expect(publication.published.get('e0:80')).toBe(unready);
  });

  it('keeps what vanishes for the settle time', () => {
    const publication = new Publication(50);
    const left = mapOf(...many.slice(1));
    expect(run(publication, [0, mapOf(...many)], [100, left])).toHaveLength(10);
    expect(publication.wakeAtMs).toBe(150);
    expect(run(publication, [149, left])).toHaveLength(10);
    expect(run(publication, [150, left])).toHaveLength(9);
    expect(publication.wakeAtMs).toBeUndefined();
  });

  it('takes a vanishing back, and then tells nothing', () => {
    const publication = new Publication(50);
    run(publication, [0, mapOf(...many)], [100, mapOf(...many.slice(1))]);
    expect(publication.apply(mapOf(...many), ['e0:80'], 140).size).toBe(0);
    expect(publication.wakeAtMs).toBeUndefined();
    run(publication, [150, mapOf(...many)]);
    expect(publication.published.get('e0:80')).toBe(many[0]);
  });

  it('keeps the object of an endpoint that comes back as it was', () => {
    const publication = new Publication(50);
    const back = { ...many[0] } as Endpoint;
    run(publication, [0, mapOf(...many)], [1, mapOf(...many.slice(1))], [2, mapOf(back, ...many.slice(1))]);
    expect(publication.published.get('e0:80')).toBe(many[0]);
  });

  it('starts the settle time anew when an endpoint vanishes again', () => {
    const publication = new Publication(50);
    const left = mapOf(...many.slice(1));
    run(publication, [0, mapOf(...many)], [100, left], [140, mapOf(...many)], [145, left]);
    expect(publication.wakeAtMs).toBe(195);
  });

  it('waits ten times as long when more than half vanish', () => {
    const publication = new Publication(50);
    const few = mapOf(...many.slice(0, 4));
    run(publication, [0, mapOf(...many)], [100, few]);
    expect(publication.wakeAtMs).toBe(600);
    expect(run(publication, [599, few])).toHaveLength(10);
    expect(run(publication, [600, few])).toHaveLength(4);
  });

  it('waits the plain time when exactly half vanish', () => {
    const publication = new Publication(50);
    run(publication, [0, mapOf(...many)], [100, mapOf(...many.slice(0, 5))]);
    expect(publication.wakeAtMs).toBe(150);
  });

  it('waits longer when a second wave brings the vanished over half', () => {
    const publication = new Publication(50);
    run(
      publication,
      [0, mapOf(...many)],
      [100, mapOf(...many.slice(0, 6))],
      [130, mapOf(...many.slice(0, 3))],
    );
    expect(publication.wakeAtMs).toBe(600);
  });

  it('drops an endpoint that was terminating in the tick in which it vanishes', () => {
    const publication = new Publication(50);
    const draining = endpoint('e0', { ready: false, terminating: true });
    const keys = run(publication, [0, mapOf(...many)], [1, mapOf(draining)], [2, mapOf()]);
    expect(keys).not.toContain('e0:80');
    expect(keys).toHaveLength(9);
  });

  it('publishes an empty set at once when every endpoint said so', () => {
    const draining = many.map((each) => ({ ...each, ready: false, terminating: true }));
    expect(run(new Publication(50), [0, mapOf(...draining)], [1, mapOf()])).toEqual([]);
  });

  it('drops the old address of a pod that has another one', () => {
    const before = endpoint('e0', { uid: 'u' });
    const after = endpoint('e1', { uid: 'u' });
    expect(run(new Publication(50), [0, mapOf(before)], [1, mapOf(after)])).toEqual(['e1:80']);
  });

  it('keeps the endpoint of a pod of which one address family vanishes', () => {
    const publication = new Publication(50);
    const whole = endpoint('e0', { uid: 'u', hosts: ['v4', 'v6'] });
    const part = endpoint('v4', { uid: 'u' });
    run(publication, [0, mapOf(whole, ...many)], [1, mapOf(part, ...many)]);
    expect(publication.published.get(whole.key)).toBe(whole);
    expect(publication.published.has(part.key)).toBe(false);
    run(publication, [51, mapOf(part, ...many)]);
    expect(publication.published.has(whole.key)).toBe(false);
    expect(publication.published.get(part.key)).toBe(part);
  });

  it('replaces it at once when what is left of the pod changed its condition', () => {
    const publication = new Publication(50);
    const whole = endpoint('e0', { uid: 'u', hosts: ['v4', 'v6'] });
    const part = endpoint('v4', { uid: 'u', ready: false, terminating: true });
    expect(run(publication, [0, mapOf(whole)], [1, mapOf(part)])).toEqual([part.key]);
  });

  it('does not wait for hours when the clock is set back', () => {
    const publication = new Publication(50);
    run(publication, [10_000_000, mapOf(...many)], [10_000_001, mapOf(...many.slice(1))]);
    expect(run(publication, [0, mapOf(...many.slice(1))])).toHaveLength(10);
    expect(publication.wakeAtMs).toBe(50);
  });

  const someEndpoint = fc
    .record({
      n: fc.integer({ min: 0, max: 7 }),
      uid: fc.constantFrom(undefined, 'u', 'w'),
      ready: fc.boolean(),
      terminating: fc.boolean(),
    })
    .map(({ n, ...more }) => endpoint(`e${n}`, more));
  const someTruth = fc
    .uniqueArray(someEndpoint, { selector: ({ key }) => key, maxLength: 8 })
    .map((each) => mapOf(...each));
  const steps = fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 120 }), truth: someTruth }), {
    minLength: 1,
    maxLength: 20,
  });

  it('never hides what is there, never empties by surprise, and ends at the truth', () => {
    fc.assert(
      fc.property(steps, (each) => {
        const publication = new Publication(50);
        let nowMs = 0;
        let before = new Map<string, Endpoint>();
        let vanishedMs = Number.NEGATIVE_INFINITY;
        for (const { afterMs, truth } of each) {
          nowMs += afterMs;
          const lost = [...before.keys()].filter((key) => !truth.has(key));
          if (lost.length > 0) vanishedMs = nowMs;
          const published = new Map(publication.published);
          run(publication, [nowMs, truth]);
          for (const [key, endpoint] of truth) expect(publication.published.get(key)).toEqual(endpoint);
          const saidSo = [...published.values()].every((every) => every.terminating);
          if (publication.published.size === 0 && nowMs - vanishedMs < 50 && published.size > 0)
            expect(saidSo).toBe(true);
          before = truth;
        }
        run(publication, [nowMs + 500, before]);
        expect(publication.published).toEqual(before);
        expect(publication.wakeAtMs).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });
});
