import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { json, type KubeServer, line, type Reply, startKubeServer, stream } from './doubles/kube-server.js';

// The program under test runs as users run it: its own process, the built package.
const program = (url: string, keepProcessAlive: boolean): string => `
  import { createKubeClient, createReflector } from '@fairlead/discovery/kubernetes';
  const access = {
    server: '${url}', namespace: 'default', insecure: false, origin: 'test', user: 'test',
    ca: () => undefined, credentials: async () => ({}), invalidate() {},
  };
  const reflector = createReflector({
    client: createKubeClient(access),
    ref: { group: '', version: 'v1', resource: 'pods' },
    watchList: false,
    keepProcessAlive: ${keepProcessAlive},
    handler: {
      replace: () => console.log('replace'),
      upsert: () => console.log('upsert'),
      remove: () => console.log('remove'),
      onState: (state) => console.log(state ? state.code : 'in sync'),
    },
  });
  reflector.start();
  process.on('SIGTERM', () => reflector.close());
  // Long enough for the phase that the test wants; then nothing but the reflector could hold the process.
  setTimeout(() => console.log('done'), 400);
`;

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Running {
  readonly server: KubeServer;
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly exited: Promise<unknown>;
}

async function start(reply: Reply, keepProcessAlive: boolean): Promise<Running> {
  const server = await startKubeServer(reply);
  closers.push(() => server.close());
  const args = ['--input-type=module', '--eval', program(server.url, keepProcessAlive)];
  const child = spawn(process.execPath, args, {
    cwd: new URL('.', import.meta.url),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const exited = once(child, 'close');
  closers.push(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  return { server, child, exited, output: () => output };
}

const watching: Reply = (response, request) =>
  (request.query.watch
    ? stream(line('ADDED', { metadata: { name: 'a', resourceVersion: '6' } }))
    : json({ metadata: { resourceVersion: '5' }, items: [] }))(response, request);
const hanging: Reply = () => {};
const hangingBody: Reply = (response) => void response.writeHead(200).write('{');
const breaking: Reply = (_, { socket }) => socket.resetAndDestroy();

describe('a process whose reflector does not keep it alive', () => {
  test.each([
    ['with an open watch', watching, 'replace\nin sync\nupsert\ndone\n'],
    ['while the list has no answer', hanging, 'done\n'],
    ['in the middle of the list', hangingBody, 'done\n'],
    ['while it waits to try again', breaking, 'UNREACHABLE\ndone\n'],
  ])('ends by itself %s', async (_, reply, output) => {
    const running = await start(reply, false);
    expect(await running.exited).toEqual([0, null]);
    expect(running.output()).toBe(output);
  });
});

test('a process whose reflector keeps it alive ends when that is closed', async () => {
  const running = await start(watching, true);
  await vi.waitFor(() => expect(running.output()).toContain('done'), { timeout: 10_000 });
  await vi.waitFor(() => expect(running.server.open).toBe(1), { timeout: 10_000 });
  expect(running.child.exitCode).toBeNull();
  running.child.kill('SIGTERM');
  // Only the reflector is closed: idle connections of the client hold no process.
  expect(await running.exited).toEqual([0, null]);
});
