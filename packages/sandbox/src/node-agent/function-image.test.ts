import { expect, it } from 'vitest';
import { endsOf, type FunctionImage, startFunction } from './function-image.js';

const ENV = { HOSTNAME: 'echo-1', POD_IP: '127.9.1.1', PORT: '80' };

function run(image: FunctionImage) {
  const written: string[] = [];
  const log = { write: (stream: string, chunk: Buffer) => void written.push(`${stream}: ${chunk}`) };
  return { written, process: startFunction(image, { env: ENV, log }) };
}

it('tells the function which container it is, and keeps what it logs', async () => {
  const { written, process } = run(({ hostname, ip, env, log }) => log(`${hostname} ${ip} ${env.PORT}`));
  process.signal('SIGTERM');
  expect(await process.exited).toEqual({ exitCode: 0 });
  expect(written).toEqual(['stdout: echo-1 127.9.1.1 80\n']);
});

it('SIGTERM stops once, and ends when that is done', async () => {
  let stops = 0;
  let finish = (): void => {};
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const { process } = run(() => ({
    stop() {
      stops++;
      return done;
    },
  }));
  process.signal('SIGTERM');
  process.signal('SIGTERM');
  process.signal('SIGUSR1');
  expect(
    await Promise.race([process.exited, new Promise((resolve) => setImmediate(resolve))]),
  ).toBeUndefined();
  finish();
  expect(await process.exited).toEqual({ exitCode: 0 });
  expect(stops).toBe(1);
});

it('SIGKILL ends what does not stop, also while it starts', async () => {
  const calls: string[] = [];
  let start = (): void => {};
  const started = new Promise<void>((resolve) => {
    start = resolve;
  });
  const { process } = run(async () => {
    await started;
    return { stop: () => new Promise(() => {}), kill: () => calls.push('kill') };
  });
  process.signal('SIGTERM');
  process.signal('SIGKILL');
  start();
  expect(await process.exited).toEqual({ exitCode: 137 });
  expect(calls).toEqual(['kill']);
});

it.each<[FunctionImage, string]>([
  [
    () => {
      throw new Error('port taken');
    },
    'stderr: port taken\n',
  ],
  [() => Promise.reject(new Error('no file')), 'stderr: no file\n'],
  [(() => 5) as unknown as FunctionImage, 'stderr: the function of the image returned number: accepted is '],
])('a function that fails is a process that ends with 1', async (image, text) => {
  const { written, process } = run(image);
  expect(await process.exited).toEqual({ exitCode: 1 });
  expect(written[0]).toContain(text);
});

it('knows how servers are ended', async () => {
  const calls: string[] = [];
  const grpc = endsOf({
    tryShutdown(done) {
      calls.push('tryShutdown');
      done();
    },
    forceShutdown: () => calls.push('forceShutdown'),
  });
  await grpc.stop();
  await grpc.kill();
  const http = endsOf({
    close(done) {
      calls.push('close');
      done(calls.length > 3 ? new Error('not open') : undefined);
    },
    closeAllConnections: () => calls.push('closeAllConnections'),
  });
  await http.stop();
  await expect(http.kill()).rejects.toThrow('not open');
  expect(calls).toEqual(['tryShutdown', 'forceShutdown', 'close', 'closeAllConnections', 'close']);
});
