import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubeObject } from '@fairlead/discovery/kubernetes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findKubectls } from '../../conformance/kubectl/binaries.js';
import { type Bench, NAMESPACE, openBench, until } from './harness.js';

// The oldest kubectl speaks SPDY, the newest WebSocket first.
const kubectls = await findKubectls();

/** Answers HTTP on 8080, and says so. */
const SERVER = `require('node:http').createServer((request, response) => {
  let bytes = 0;
  request.on('data', (chunk) => { bytes += chunk.length; });
  request.on('end', () => response.end(request.url + ' got ' + bytes));
}).listen(8080); console.log('up')`;
const MANIFEST = `
apiVersion: v1
kind: Namespace
metadata: {name: ${NAMESPACE}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: ${NAMESPACE}, labels: {app: web}}
spec:
  terminationGracePeriodSeconds: 1
  containers:
    - name: app
      image: fairlead/echo
      command: [node, -e, ${JSON.stringify(SERVER)}]
      env: [{name: GREETING, value: hello}]
      ports: [{name: http, containerPort: 8080}]
      readinessProbe: {httpGet: {port: 8080}, periodSeconds: 1}
    - {name: ticks, image: fairlead/echo, command: [sh, -c, 'while :; do echo tick; sleep 0.1; done']}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: ${NAMESPACE}}
spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: http}]}
`;

let bench: Bench;
let folder: string;
beforeAll(async () => {
  bench = await openBench();
  folder = await mkdtemp(join(tmpdir(), 'fairlead-kubectl-'));
  await bench.cluster.apply(MANIFEST);
  const pods = { group: '', version: 'v1', resource: 'pods' };
  await until('the pod is ready', async () => {
    const { status } = await bench.api.get<KubeObject>(pods, 'web', { namespace: NAMESPACE });
    return /"type":"Ready","status":"True"|"status":"True","type":"Ready"/.test(JSON.stringify(status));
  });
});
afterAll(async () => {
  await bench?.close();
  await rm(folder, { recursive: true, force: true });
});

if (kubectls.length === 0) it.skip('finds no kubectl in PATH: its streams are not tried', () => {});

/** A kubectl at work. */
function start(path: string, ...args: string[]) {
  const env = { PATH: process.env.PATH, HOME: folder, KUBECONFIG: bench.cluster.kubeconfig };
  const child = spawn(path, ['-n', NAMESPACE, ...args], { env, cwd: folder, stdio: 'pipe' });
  const out = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      out[name] += text;
    });
  }
  child.stdin.on('error', () => {});
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, ...out })),
  );
  return { child, out, ended };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe.each(kubectls)('kubectl 1.$minor', ({ path, minor }) => {
  const run = (args: readonly string[], input = '') => {
    const started = start(path, ...args);
    started.child.stdin.end(input);
    return started.ended;
  };

  it('exec runs a command in a container, with its exit code and both outputs', async () => {
    const line = 'echo "$GREETING"; echo trouble >&2; exit 3';
    expect(await run(['exec', 'web', '-c', 'app', '--', 'sh', '-c', line])).toEqual({
      code: 3,
      stdout: 'hello\n',
      stderr: 'trouble\ncommand terminated with exit code 3\n',
    });
  });

  it('exec -i passes input on to its end', async () => {
    const { code, stdout } = await run(
      ['exec', '-i', 'web', '-c', 'app', '--', 'wc', '-c'],
      'x'.repeat(300_000),
    );
    expect([code, stdout.trim()]).toEqual([0, '300000']);
  });

  it('exec says what cannot be run', async () => {
    const missing = await run(['exec', 'web', '-c', 'app', '--', 'no-such-command']);
    expect([missing.code, missing.stderr]).toEqual([
      1,
      expect.stringContaining('exec: "no-such-command": executable file not found in $PATH'),
    ]);
    expect(await run(['exec', 'web', '-c', 'other', '--', 'true'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('container other is not valid for pod web'),
    });
  });

  it('cp brings files there and back', async () => {
    const bytes = Buffer.from(Array.from({ length: 500_000 }, (_, at) => (at * at) % 251));
    await writeFile(join(folder, 'there'), bytes);
    const remote = join(folder, `in-the-pod-${minor}`);
    const there = await run(['cp', 'there', `web:${remote}`, '-c', 'app']);
    expect([there.code, bytes.equals(await readFile(remote))]).toEqual([0, true]);
    const back = await run(['cp', `web:${remote}`, `back-${minor}`, '-c', 'app']);
    const copy = await readFile(join(folder, `back-${minor}`));
    expect([back.code, bytes.equals(copy)]).toEqual([0, true]);
  });

  it('attach shows what a container writes', async () => {
    const { child, out, ended } = start(path, 'attach', 'web', '-c', 'ticks');
    await until('three ticks', () => out.stdout.split('tick').length > 3);
    child.kill('SIGINT');
    await ended;
    expect(out.stdout).toMatch(/^(tick\n)+$/);
  });

  it('run -i --rm attaches to a pod of its own and has its exit code', async () => {
    const name = `once-${minor}`;
    const args = [
      'run',
      name,
      '-i',
      '--rm',
      '--restart=Never',
      '--image=fairlead/echo',
      '--command',
      '--',
      'sh',
    ];
    const { code, stdout } = await run(args, 'echo "from $GREETING$HOSTNAME"; exit 5\n');
    expect([code, stdout]).toEqual([5, expect.stringContaining(`from ${name}\n`)]);
  });

  it('port-forward carries connections to a Service', async () => {
    const port = await freePort();
    const { child, out, ended } = start(path, 'port-forward', 'svc/web', `${port}:80`);
    await until('it listens', () => out.stdout.includes(`127.0.0.1:${port}`));
    const ask = (name: string) =>
      fetch(`http://127.0.0.1:${port}/${name}`, { method: 'POST', body: 'y'.repeat(100_000) }).then(
        (answer) => answer.text(),
      );
    expect(await Promise.all(['a', 'b', 'c'].map(ask))).toEqual(
      ['a', 'b', 'c'].map((name) => `/${name} got 100000`),
    );
    child.kill('SIGINT');
    await ended;
  });

  it('get --raw reaches a Service through the API server', async () => {
    const raw = `/api/v1/namespaces/${NAMESPACE}/services/web:80/proxy/through`;
    expect(await run(['get', '--raw', raw])).toMatchObject({ code: 0, stdout: '/through got 0' });
  });
});
