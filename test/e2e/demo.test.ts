import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fairlead, startFairlead, until } from './harness.js';

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
}, 240_000);

it('an interrupted demo says so and leaves nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-e2e-'));
  const { child, output, exited } = startFairlead(['demo'], { TMPDIR: folder });
  await until('the second chapter has begun', () => output.stdout.includes('\n2. '));
  const [base] = readdirSync(folder);
  child.kill('SIGINT');
  expect(await exited).toEqual({ code: 1, signal: null });
  expect(output.stderr).toBe('fairlead: interrupted: the cluster and its pods are gone\n');
  expect(base).toMatch(/^fairlead-\d+$/);
  expect(existsSync(join(folder, base!))).toBe(false);
  rmSync(folder, { recursive: true });
});
