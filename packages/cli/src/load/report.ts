import { type Bar, formatBars } from '../output/bars.js';
import type { Style } from '../output/style.js';
import { type LoadReport, NO_PEER } from './tally.js';

/** How and how wide a report is written. */
export interface ReportLook {
  readonly style: Style;
  readonly columns: number;
}

const byNumber = new Intl.Collator('en', { numeric: true });

function barsOf({ byEndpoint }: LoadReport): Bar[] {
  return Object.entries(byEndpoint)
    .sort(([a], [b]) => Number(a === NO_PEER) - Number(b === NO_PEER) || byNumber.compare(a, b))
    .map(([address, { pod, calls, failed }]) => ({
      label: address === NO_PEER ? '(no connection)' : [address, pod].filter(Boolean).join(' '),
      value: calls,
      ...(failed > 0 ? { note: `${failed} failed` } : {}),
    }));
}

/** A chart of calls by endpoint, the sum, the latencies, and why calls failed. */
export function formatReport(
  report: LoadReport,
  reasons: Readonly<Record<string, string>>,
  { style, columns }: ReportLook,
): string[] {
  const { calls, ok, failed, messages, byStatus, latencyMs: ms } = report;
  // A unary call has one reply or none: its number says nothing new.
  const replies = messages === ok ? '' : `, ${messages} replies`;
  const sum = `${calls} calls, ${ok} ok, ${failed} failed${replies}`;
  const percentiles = Object.entries(ms).map(([name, value]) => `${name} ${value.toFixed(1)}`);
  const troubles = Object.entries(byStatus)
    .filter(([status]) => status !== 'OK')
    .map(([status, count]) => `${status} ${count}${reasons[status] ? `: ${reasons[status]}` : ''}`);
  return [
    ...formatBars(barsOf(report), style, columns),
    failed > 0 ? style('red', sum) : sum,
    `latency in ms, from the scheduled time: ${percentiles.join(', ')}`,
    ...troubles,
  ];
}
