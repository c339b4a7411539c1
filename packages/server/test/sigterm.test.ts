import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { status } from '@grpc/grpc-js';
import { expect, it } from 'vitest';
import { dial, say, until } from './echo.js';

const CHILD = fileURLToPath(new URL('sigterm-child.mjs', import.meta.url));

interface Child {
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  readonly out: () => string;
  readonly err: () => string;
  readonly port: number;
  /** Exit code, or the signal that killed it. */
  readonly ended: Promise<number | string | null>;
}

async function start(noticeMs: number, env: Record<string, string> = {}): Promise<Child> {
  const child = spawn(process.execPath, [CHILD, String(noticeMs)], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const ended = new Promise<number | string | null>((resolve) =>
    child.once('close', (code, signal) => resolve(code ?? signal)),
  );
  await until(`the child listens (${err})`, () => out.includes('\n') || child.exitCode !== null, 20_000);
  return { process: child, out: () => out, err: () => err, port: Number(out.split('\n')[0]), ended };
}

it('drains at SIGTERM, finishes the call in flight and exits 0', async () => {
  const child = await start(100, { FAIRLEAD_GRACE_SECONDS: '0.4' });
  const client = dial(`127.0.0.1:${child.port}`);
  await say(client, 0);
  const call = say(client, 250);
  await say(client, 0);
  child.process.kill('SIGTERM');
  expect(await call).toBe(status.OK);
  expect(await child.ended).toBe(0);
  client.close();
  expect(child.out().split('\n').slice(1)).toEqual(['beforeClose', '']);
  const lines = child.err().trimEnd().split('\n');
  expect(lines).toEqual([
    'fairlead warn: noticeMs + graceMs is not below FAIRLEAD_GRACE_SECONDS: the kubelet may kill the process first noticeMs=100 graceMs=300 graceSeconds=0.4',
    'fairlead info: draining: still accepting calls until clients have learnt of it signal=SIGTERM noticeMs=100 graceMs=300',
    expect.stringMatching(/^fairlead info: drained signal=SIGTERM finished=1 cut=0 tookMs=\d+$/),
  ]);
});

it('exits soon after a second SIGTERM', async () => {
  const child = await start(120_000);
  const client = dial(`127.0.0.1:${child.port}`);
  await say(client, 0);
  const call = say(client, 120_000);
  await say(client, 0);
  child.process.kill('SIGTERM');
  await until('the drain begins', () => child.err().includes('draining'));
  child.process.kill('SIGTERM');
  expect(await call).toBe(status.UNAVAILABLE);
  expect(await child.ended).toBe(0);
  client.close();
  expect(child.err()).toMatch(
    /fairlead warn: drained: calls were cut signal=SIGTERM finished=0 cut=1 tookMs=\d+\n$/,
  );
});
