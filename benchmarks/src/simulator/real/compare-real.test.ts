import { describe, expect, it } from 'vitest';
import { onAll } from '../contestants.js';
import { antagonists } from '../scenarios.js';
import { simulate } from '../simulate.js';
import { verdict } from './compare-real.js';
import { RealTime } from './real-time.js';
import { slowed } from './scenarios.js';

describe('the verdict', () => {
  const agreement = { scenario: '', policy: '', simulated: { p50: 50, p99: 100 }, empty: { p50: 1, p99: 5 } };
  const of = (p99: number, emptyP99 = 5): string =>
    verdict({ ...agreement, real: { p50: 50, p99 }, empty: { p50: 1, p99: emptyP99 } });

  it.each([
    [79, 'DISAGREES'],
    [80, 'agrees'],
    [125, 'agrees'],
    [126, 'DISAGREES'],
  ])('a simulated p99 of 100 ms and a real one of %i ms: %s', (p99, said) => expect(of(p99)).toBe(said));

  it('is none where calls that take nothing took long', () => {
    expect(of(126, 11)).toBe('noisy run');
    expect(of(125, 11)).toBe('agrees');
  });
});

it('a slowed scenario is the same at another pace', () => {
  const scenario = { ...antagonists(1.27, { clients: 2, servers: 5 }), networkMs: 0, endMs: 9000 };
  const [contestant] = onAll(['roundRobin']);
  const mean = (factor: number): number => {
    const { latencies } = simulate(slowed(scenario, factor), contestant!.choosers, 7);
    return latencies.reduce((sum, ms) => sum + ms, 0) / latencies.length / factor;
  };
  expect(mean(4) / mean(1)).toBeCloseTo(1, 1);
});

describe('RealTime', () => {
  it('runs what is due, and shows it the time at which it was due', async () => {
    const time = new RealTime();
    const seen = await new Promise<number[]>((resolve) => {
      time.at(5, () => {
        const first = time.now;
        // Held up, as a busy machine does it.
        const until = performance.now() + 20;
        while (performance.now() < until);
        time.after(1, () => resolve([first, time.now]));
      });
    });
    expect(seen).toEqual([5, 6]);
    expect(time.now).toBeGreaterThan(20);
  });
});
