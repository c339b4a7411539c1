import { expect, it } from 'vitest';
import { createStyle } from '../output/style.js';
import { formatReport } from './report.js';

const LOOK = { style: createStyle({ isTTY: false }), columns: 80 };

it('draws endpoints with their pods, the sum, the latencies and why calls failed', () => {
  const report = {
    calls: 30,
    ok: 20,
    failed: 10,
    messages: 20,
    byStatus: { OK: 20, UNAVAILABLE: 10 },
    byEndpoint: {
      '10.0.0.10:1': { pod: 'b', calls: 10, failed: 0 },
      '-': { pod: null, calls: 10, failed: 10 },
      '10.0.0.9:1': { pod: 'a', calls: 10, failed: 0 },
    },
    latencyMs: { p50: 1, p90: 2.25, p99: 3, max: 4 },
  };
  const lines = formatReport(report, { UNAVAILABLE: 'k8s:///a: no ready endpoint' }, LOOK);
  expect(lines.map((line) => line.replace(/█+/, '█'))).toEqual([
    '  10.0.0.9:1 a     █     10   33.3 %',
    '  10.0.0.10:1 b    █     10   33.3 %',
    '  (no connection)  █     10   33.3 %  10 failed',
    '30 calls, 20 ok, 10 failed',
    'latency in ms, from the scheduled time: p50 1.0, p90 2.3, p99 3.0, max 4.0',
    'UNAVAILABLE 10: k8s:///a: no ready endpoint',
  ]);
  const streams = formatReport({ ...report, messages: 60 }, {}, LOOK);
  expect(streams).toContain('30 calls, 20 ok, 10 failed, 60 replies');
});
