import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../../soak/dist/main.js', import.meta.url));
/** A minute of trouble, one settle that begins at its end, and what closing takes. */
const RUN_MS = 330_000;
const SEED = 1;

interface Report {
  readonly ok: boolean;
  readonly parts: readonly {
    readonly part: string;
    readonly rows: readonly { readonly name: string; readonly value: string; readonly ok: boolean | null }[];
    readonly objections: readonly string[];
  }[];
}

const execute = promisify(execFile);

/** Runs one part for a minute. It ends with 1 when it objects: what it prints says why. */
async function soak(part: string): Promise<Report['parts'][number]> {
  const args = [MAIN, part, '--minutes', '1', '--seed', String(SEED), '-o', 'json'];
  const ran = await execute(process.execPath, args, { timeout: RUN_MS }).catch((error) => error);
  if (ran.stdout === '') throw new Error(`the soak broke off: ${ran.message}\n${ran.stderr}`);
  return (JSON.parse(ran.stdout) as Report).parts[0]!;
}

const figure = ({ rows }: Report['parts'][number], name: string): string =>
  rows.find((row) => row.name === name)?.value ?? '';

it(
  'endures a minute of random trouble: the client does what the API says, and loses no call for no reason',
  async () => {
    const report = await soak('chaos');
    expect(report.objections).toEqual([]);
    expect(report.rows.filter(({ ok }) => ok === false)).toEqual([]);
    expect(Number.parseInt(figure(report, 'actions'), 10)).toBeGreaterThan(3);
    expect(Number(figure(report, 'unary calls'))).toBeGreaterThan(1_000);
  },
  RUN_MS,
);

it(
  'leaves a pod that stands still, of which nobody tells, within keepalive time and timeout',
  async () => {
    const report = await soak('black-hole');
    expect(report.objections).toEqual([]);
    expect(report.rows.filter(({ ok }) => ok === false)).toEqual([]);
    // It did stand still: calls that were on their way to it were lost.
    expect(Number(figure(report, 'calls that failed at it'))).toBeGreaterThan(0);
  },
  RUN_MS,
);
