import type { Estimate } from '#benchmarks/statistics.js';
import type { Metric } from './figures.js';
import type { Setting } from './measure.js';

/** Figures of a turn as the page calls them. */
export const METRICS: readonly { readonly metric: Metric; readonly title: string }[] = [
  { metric: 'p50Ms', title: 'from the write to half of the clients' },
  { metric: 'p99Ms', title: 'from the write to 99 of 100 clients' },
  { metric: 'cpuUs', title: 'processor time of a change' },
];

/** A number with three digits, or more before the point. */
export const digits = (value: number): string => value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);

/** A setting in words. */
export function title({ services, endpoints, clients }: Setting): string {
  if (services === 1) return `${endpoints} endpoints, ${clients} clients`;
  return `${services} Services of ${endpoints} endpoints, ${clients} clients, one Service changes`;
}

/** A ratio with its interval. */
export const interval = ({ median, low, high }: Estimate): string =>
  `${digits(median)} (${digits(low)}–${digits(high)})`;
