import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeLoadReport } from '@fairlead/balancing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ApiServer } from './support/api-server.js';
import { until } from './support/calls.js';
import { Pod, startPods } from './support/pods.js';

const programs = new URL('programs/', import.meta.url).pathname;
let folder: string;
let pods: Pod[];
let api: ApiServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fairlead-programs-'));
  const [first] = await startPods(1, {}, 7);
  const second = new Pod('pod-2', '127.0.7.2', {});
  const third = new Pod('pod-3', '127.0.7.3', {});
  second.port = third.port = first!.port;
  pods = [first!, await second.start(), await third.start()];
  api = await new ApiServer(first!.port).start();
  api.push(pods.map(({ host, name }) => ({ host, pod: name })));
  writeFileSync(join(folder, 'kubeconfig'), api.kubeconfig);
});

afterAll(async () => {
  for (const pod of pods) pod.stop();
  await api.stop();
  rmSync(folder, { recursive: true });
});

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; out: string; err: string }>;
}

/** Runs a program with access to the API server; a program that hangs fails the test by its deadline. */
function run(args: readonly string[], env: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, args, {
    cwd: programs,
    env: { ...process.env, KUBECONFIG: join(folder, 'kubeconfig'), NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    const deadline = setTimeout(() => child.kill('SIGKILL'), 15_000);
    child.on('close', (code) => {
      clearTimeout(deadline);
      resolve({ code, out: out.trim(), err: err.trim() });
    });
  });
  return { child, ended };
}

it.each([
  ['an ES module', ['imported.mjs', '3']],
  ['a CommonJS application', ['required.cjs', '3']],
  ['an application that only preloads', ['--import', '@fairlead/client/register', 'preloaded.mjs', '3']],
])('serves %s, which ends by itself after its last call', async (_what, args) => {
  expect(await run(args).ended).toEqual({ code: 0, out: 'pod-1 pod-2 pod-3', err: '' });
});

it('lets a program end that follows a folder of configuration, there or not', async () => {
  const program = `
    import { register } from '@fairlead/client';
    import echo from './echo.cjs';
    register({ configPath: process.env.CONFIG });
    process.stdout.write((await echo.spread('k8s:///svc.ns', 3)).join(' '));
  `;
  const path = join(folder, 'clients');
  const args = ['--input-type=module', '--eval', program];
  const without = await run(args, { CONFIG: path }).ended;
  expect([without.code, without.out]).toEqual([0, 'pod-1 pod-2 pod-3']);
  expect(without.err).toMatch(/the configuration cannot be read/);
  mkdirSync(path);
  writeFileSync(join(path, 'svc'), 'roundRobin');
  expect(await run(args, { CONFIG: path }).ended).toEqual({ code: 0, out: 'pod-1 pod-2 pod-3', err: '' });
});

it('lets a program end by itself while streams of load reports are open', async () => {
  for (const pod of pods) {
    pod.stop();
    pod.options = { loadReport: () => encodeLoadReport({ requestsInFlight: 1, latencyMs: 1 }) };
    await pod.start();
  }
  const program = `
    import { Client, credentials } from '@grpc/grpc-js';
    import { register } from '@fairlead/client';
    register({ policy: { pick: { weightedRoundRobin: { outOfBand: true, outOfBandMs: 100 } } } });
    const client = new Client('k8s:///svc.ns', credentials.createInsecure());
    const same = (bytes) => bytes;
    const call = () => new Promise((resolve, reject) => {
      client.makeUnaryRequest('/test.Echo/Say', same, same, Buffer.alloc(0), (error) => error ? reject(error) : resolve());
    });
    const endMs = Date.now() + 500;
    while (Date.now() < endMs) await call();
    process.stdout.write('done');
  `;
  const { ended } = run(['--input-type=module', '--eval', program]);
  let streams = 0;
  const looking = setInterval(() => {
    streams = Math.max(streams, ...pods.map((pod) => pod.reportStreams));
  }, 10);
  expect(await ended).toEqual({ code: 0, out: 'done', err: '' });
  clearInterval(looking);
  for (const pod of pods) pod.options = {};
  expect(streams).toBe(1);
});

it('follows the API server while the program runs', async () => {
  api.push([{ host: pods[0]!.host, pod: 'pod-1' }]);
  const { ended } = run(['imported.mjs', '2']);
  await until(() => api.watching > 0, 'the watch');
  api.push(pods.slice(0, 2).map(({ host, name }) => ({ host, pod: name })));
  expect(await ended).toEqual({ code: 0, out: 'pod-1 pod-2', err: '' });
  api.push(pods.map(({ host, name }) => ({ host, pod: name })));
});

it('fails the call of a program that is refused, with the words and one warning', async () => {
  api.refuse = 403;
  const { code, err } = await run(['imported.mjs', '3']).ended;
  api.refuse = 0;
  expect(code).toBe(1);
  expect(err).toContain('k8s:///svc.ns: ');
  expect(err).toMatch(/may not (list|watch) endpointslices\.discovery\.k8s\.io in namespace ns/);
  expect(err.match(/fairlead: /g)).toHaveLength(1);
  expect(err).not.toContain('secret');
});

it('does not let an exception of a pick end the process', async () => {
  const program = `
    import { register } from '@fairlead/client';
    import echo from './echo.cjs';
    let broken = false;
    const random = () => {
      if (broken) throw new Error('broken on purpose');
      return Math.random();
    };
    register({ random });
    await echo.spread('k8s:///svc.ns', 3);
    broken = true;
    const failed = await echo.spread('k8s:///svc.ns', 3).then(() => 'no', (error) => error.details);
    process.stdout.write(failed);
  `;
  const { code, out } = await run(['--input-type=module', '--eval', program]).ended;
  expect([code, out]).toEqual([0, 'k8s:///svc.ns: the pick failed: broken on purpose']);
});
