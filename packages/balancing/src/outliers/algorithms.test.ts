import { describe, expect, it } from 'vitest';
import { Load } from '../candidates/loads.js';
import { parseConfig } from '../config/parse.js';
import { failurePercentage, successRate } from './algorithms.js';

/** Successes and failures of one endpoint. */
type Calls = readonly [successes: number, failures: number];

const of = (rate: number, calls = 100): Calls => [Math.round(rate * calls), Math.round((1 - rate) * calls)];

function countedOf(all: readonly Calls[]) {
  return all.map(([successes, failures], i) => ({ load: new Load(`${i}`), successes, failures }));
}

function outliersOf(json: object) {
  const { outliers } = parseConfig({ outliers: json });
  if (outliers === null) throw new Error('there is no such stage');
  return outliers;
}

describe('success rate (gRFC A50)', () => {
  // mean − standard deviation (of all, not of a sample) × stdevFactor ÷ 1000.
  it.each<[string, readonly Calls[], object, string[]]>([
    // Rates 1, 1, 1, 1, 0.5: mean 0.9, deviation √(0.2 ÷ 5) = 0.2, threshold 0.9 − 1.9 × 0.2 = 0.52.
    ['one of five is far off', [of(1), of(1), of(1), of(1), of(0.5)], {}, ['4']],
    // One of five is 2 deviations below the mean, however far that is: 0.9 − 2 × 0.2 = 0.5 is not above 0.5.
    ['a factor of 2 lets one of five be', [of(1), of(1), of(1), of(1), of(0.5)], { stdevFactor: 2000 }, []],
    // Rates 0.5, 0.5, 1, 1, 1: mean 0.8, deviation √(0.3 ÷ 5) ≈ 0.245, threshold ≈ 0.335.
    ['two of five are not outliers', [of(0.5), of(0.5), of(1), of(1), of(1)], {}, []],
    // The same with a factor of 1: threshold ≈ 0.555.
    [
      'two of five are at a factor of 1',
      [of(0.5), of(0.5), of(1), of(1), of(1)],
      { stdevFactor: 1000 },
      ['0', '1'],
    ],
    ['all alike', [of(0.3), of(0.3), of(0.3), of(0.3), of(0.3)], {}, []],
    [
      'all alike with a factor of 0: nobody is below the mean',
      [of(0.3), of(0.3), of(0.3)],
      { stdevFactor: 0, minimumHosts: 3 },
      [],
    ],
    // Without the quiet one there are four, fewer than minimumHosts.
    ['one had too few calls to count', [of(1), of(1), of(1), of(0), of(1, 50)], {}, []],
    // Rates 1, 1, 1, 0: mean 0.75, deviation √(0.75 ÷ 4) ≈ 0.433, threshold ≈ −0.073.
    ['four are too few for a deviation of 1.9', [of(1), of(1), of(1), of(0)], { minimumHosts: 4 }, []],
    // The same with a factor of 1.5: threshold ≈ 0.1.
    ['four at a factor of 1.5', [of(1), of(1), of(1), of(0)], { minimumHosts: 4, stdevFactor: 1500 }, ['3']],
    ['nobody had a call', [of(1, 0), of(1, 0)], { minimumHosts: 0, requestVolume: 0 }, []],
  ])('%s', (_what, calls, rule, found) => {
    const outliers = successRate(countedOf(calls), outliersOf({ successRate: rule }));
    expect(outliers.map(({ load }) => load.id)).toEqual(found);
  });
});

describe('failure percentage (gRFC A50)', () => {
  it.each<[string, readonly Calls[], object, string[]]>([
    [
      '86 of 100 are above 85 %',
      [
        [14, 86],
        [15, 85],
        [100, 0],
        [100, 0],
        [100, 0],
      ],
      {},
      ['0'],
    ],
    [
      'all may be found',
      [
        [0, 50],
        [0, 50],
        [0, 50],
        [0, 50],
        [0, 50],
      ],
      {},
      ['0', '1', '2', '3', '4'],
    ],
    [
      '49 calls are too few',
      [
        [0, 49],
        [0, 50],
        [50, 0],
        [50, 0],
        [50, 0],
      ],
      {},
      ['1'],
    ],
    [
      'four endpoints are too few',
      [
        [0, 100],
        [100, 0],
        [100, 0],
        [100, 0],
      ],
      {},
      [],
    ],
    // "If the number of addresses is less than minimum_hosts": calls are not looked at for that.
    [
      'a quiet endpoint is one all the same',
      [
        [0, 100],
        [0, 0],
        [0, 0],
        [0, 0],
        [0, 0],
      ],
      {},
      ['0'],
    ],
    [
      'a threshold of 0 lets nobody fail',
      [
        [99, 1],
        [100, 0],
      ],
      { threshold: 0, minimumHosts: 1 },
      ['0'],
    ],
    [
      'a threshold of 100 lets all',
      [
        [0, 100],
        [0, 100],
      ],
      { threshold: 100, minimumHosts: 1 },
      [],
    ],
    [
      'nobody had a call',
      [
        [0, 0],
        [0, 0],
      ],
      { threshold: 0, minimumHosts: 0, requestVolume: 0 },
      [],
    ],
  ])('%s', (_what, calls, rule, found) => {
    const outliers = failurePercentage(countedOf(calls), outliersOf({ failurePercentage: rule }));
    expect(outliers.map(({ load }) => load.id)).toEqual(found);
  });
});
