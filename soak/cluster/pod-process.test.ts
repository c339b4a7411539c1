import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, expect, it } from 'vitest';
import { endOf } from './pod-process.js';

let child: ChildProcess | undefined;

afterEach(() => void child?.kill('SIGKILL'));

/** A process that says what it is, as a pod's does, and then does nothing. */
async function pod(name: string): Promise<ChildProcess> {
  const script = 'console.log("up"); setInterval(() => {}, 1000)';
  const env = { ...process.env, HOSTNAME: name };
  const started = spawn(process.execPath, ['-e', script], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  child = started;
  await once(createInterface({ input: started.stdout }), 'line');
  return started;
}

it('has not ended before its process has', async () => {
  const name = `soak-pod-${process.pid}`;
  const started = await pod(name);
  const ended = endOf(name);
  let over = false;
  const end = ended().then(() => {
    over = true;
  });
  await new Promise(setImmediate);
  expect(over).toBe(false);
  const exited = once(started, 'exit');
  started.kill('SIGKILL');
  await end;
  await exited;
  expect(started.signalCode).toBe('SIGKILL');
});
