import type { Load } from '../candidates/loads.js';
import type { OutlierConfig } from '../config/config.js';
import type { EjectionCause } from '../contract.js';

/** The calls of one endpoint in the interval that ended. */
export interface Counted {
  readonly load: Load;
  readonly successes: number;
  readonly failures: number;
}

/** An outlier, and the chance (percent) that it is ejected for it. */
export interface Found {
  readonly load: Load;
  readonly enforcement: number;
  readonly cause: EjectionCause;
}

/** gRFC A50: those whose success rate is less than mean − stdev × factor ÷ 1000. */
export function successRate(counted: readonly Counted[], { successRate: rule }: OutlierConfig): Found[] {
  if (rule === null) return [];
  const { stdevFactor, enforcementPercentage: enforcement, minimumHosts, requestVolume } = rule;
  const rates = counted
    .filter(({ successes, failures }) => successes + failures > 0 && successes + failures >= requestVolume)
    .map(({ load, successes, failures }) => ({ load, rate: successes / (successes + failures) }));
  if (rates.length < minimumHosts || rates.length === 0) return [];
  const mean = rates.reduce((sum, { rate }) => sum + rate, 0) / rates.length;
  const variance = rates.reduce((sum, { rate }) => sum + (rate - mean) ** 2, 0) / rates.length;
  const threshold = mean - Math.sqrt(variance) * (stdevFactor / 1000);
  return rates
    .filter(({ rate }) => rate < threshold)
    .map(({ load }) => ({ load, enforcement, cause: 'success-rate' }));
}

/** gRFC A50: those whose failures are more than the threshold (percent). */
export function failurePercentage(
  counted: readonly Counted[],
  { failurePercentage: rule }: OutlierConfig,
): Found[] {
  if (rule === null || counted.length < rule.minimumHosts) return [];
  const { threshold, enforcementPercentage: enforcement, requestVolume } = rule;
  return counted
    .filter(({ successes, failures }) => {
      const calls = successes + failures;
      return calls > 0 && calls >= requestVolume && (failures * 100) / calls > threshold;
    })
    .map(({ load }) => ({ load, enforcement, cause: 'failure-percentage' }));
}
