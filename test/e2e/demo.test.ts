import { expect, it } from 'vitest';
import { fairlead } from './harness.js';

const CLAIMS = [
  'srv-records',
  'cluster-ip',
  'dns-round-robin',
  'scale-up',
  'rolling-restart',
  'pod-killed',
  'api-outage',
];

it('every claim of the demo holds', async () => {
  const { code, stdout, stderr } = await fairlead(['demo', '-o', 'json']);
  const report = JSON.parse(stdout);
  const broken = report.claims.filter(({ holds }: { holds: boolean }) => !holds);
  expect(broken, stderr).toEqual([]);
  expect(report.claims.map(({ id }: { id: string }) => id)).toEqual(CLAIMS);
  expect({ code, ok: report.ok }).toEqual({ code: 0, ok: true });
});
