import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { it } from 'vitest';

const MAIN = fileURLToPath(new URL('../../soak/dist/main.js', import.meta.url));
/** Half a minute of trouble, one settle that begins at its end, and what closing takes. */
const RUN_MS = 330_000;

/** A seed that has control planes hang, end and start without the API server among what comes first. */
const QUICK = ['--minutes', '0.45', '--seed', '6659'];

interface Report {
  readonly ok: boolean;
  readonly parts: readonly {
    readonly part: string;
    readonly rows: readonly { readonly name: string; readonly value: string; readonly ok: boolean | null }[];
    readonly objections: readonly string[];
  }[];
}

const execute = promisify(execFile);

/** Runs one part. It ends with 1 when it objects: what it prints says why. */
async function soak(part: string, more: readonly string[] = []): Promise<Report['parts'][number]> {
  const args = [MAIN, part, ...more, '-o', 'json'];
  const ran = await execute(process.execPath, args, { timeout: RUN_MS }).catch((error) => error);
  if (ran.stdout === '') throw new Error(`the soak broke off: ${ran.message}\n${ran.stderr}`);
  return (JSON.parse(ran.stdout) as Report).parts[0]!;
}

const figure = ({ rows }: Report['parts'][number], name: string): string =>
  rows.find((row) => row.name === name)?.value ?? '';

// At the same time: both wait much more than they work.
it.concurrent(
  'endures random trouble, of control planes too: all clients do what the API says, and lose no call for no reason',
  async ({ expect }) => {
    const report = await soak('chaos', QUICK);
    expect(report.objections).toEqual([]);
    expect(report.rows.filter(({ ok }) => ok === false)).toEqual([]);
    expect(Number.parseInt(figure(report, 'actions'), 10)).toBeGreaterThan(3);
    expect(Number(figure(report, 'unary calls'))).toBeGreaterThan(1_000);
    expect(Number(figure(report, 'xDS clients that came and left'))).toBeGreaterThan(10);
  },
  RUN_MS,
);

it.concurrent(
  'leaves a pod that stands still, of which nobody tells, within keepalive time and timeout',
  async ({ expect }) => {
    const report = await soak('black-hole');
    expect(report.objections).toEqual([]);
    expect(report.rows.filter(({ ok }) => ok === false)).toEqual([]);
    // It did stand still: calls that were on their way to it were lost.
    expect(Number(figure(report, 'calls that failed at it'))).toBeGreaterThan(0);
  },
  RUN_MS,
);
