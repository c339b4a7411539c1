import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type DeployOptions, type ServedPod, startSandbox, type TestSandbox } from '../src/testing.js';

/** For a machine that is busy otherwise. */
const LONG = { timeoutMs: 60_000 };

let folder: string;
let script: string;
let sandbox: TestSandbox;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fairlead-testing-'));
  script = join(folder, 'server.mjs');
  const text = `import { createServer } from 'node:http';
createServer((_, answer) => answer.end(process.env.HOSTNAME + ' ' + process.env.WORD)).listen(process.env.PORT);`;
  writeFileSync(script, text);
  sandbox = await startSandbox();
});

afterAll(async () => {
  await sandbox?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** An HTTP server in this process that says which pod it is. */
function serve({ name, ip, port, log }: ServedPod) {
  const server = createServer((_, answer) => answer.end(name));
  return new Promise<typeof server>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, ip, () => {
      log('listens');
      resolve(server);
    });
  });
}

const ask = async (ip: string, port: number): Promise<string> =>
  (await fetch(`http://${ip}:${port}`, { headers: { connection: 'close' } })).text();

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + LONG.timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

it('deploys a script as processes, scales it, and replaces every pod', async () => {
  const app = await sandbox.deploy({ name: 'app', replicas: 2, run: script, env: { WORD: 'hi' }, ...LONG });
  expect(app).toMatchObject({ target: 'k8s:///app.default:8088', host: 'app.default.svc.cluster.local' });
  expect(app.pods.map(({ ready }) => ready)).toEqual([true, true]);
  for (const { name, ip } of app.pods) expect(await ask(ip, 8088)).toBe(`${name} hi`);
  await app.scale(3, LONG);
  const before = app.pods.map(({ name }) => name);
  expect(before).toHaveLength(3);
  await app.rollout(LONG);
  expect(app.pods).toHaveLength(3);
  expect(app.pods.filter(({ name }) => before.includes(name))).toEqual([]);
  await app.scale(0, LONG);
  expect(app.pods).toEqual([]);
  await app.remove(LONG);
  expect(sandbox.get({ kind: 'Service', name: 'app' })).toBeUndefined();
});

it('serves functions as pods, in the process of the test', async () => {
  const app = await sandbox.deploy({ name: 'fn', namespace: 'own', replicas: 3, port: 80, serve, ...LONG });
  for (const { name, ip } of app.pods) expect(await ask(ip, 80)).toBe(name);
  const [first] = app.pods;
  const [{ metadata } = { metadata: { labels: {} } }] = sandbox.list('pods', 'own');
  expect(metadata.labels).toMatchObject({ app: 'fn' });
  await first!.remove(LONG);
  await app.scale(3, LONG);
  expect(app.pods.map(({ name }) => name)).not.toContain(first!.name);
  await expect(first!.freeze()).rejects.toThrow(/is a function of this process and gets no SIGSTOP/);
  await app.remove(LONG);
  await expect(ask(first!.ip, 80)).rejects.toThrow();
});

it('ends a grpc-js server that a function returns, and tells when a function fails', async () => {
  const servers: Server[] = [];
  const app = await sandbox.deploy({
    name: 'grpc',
    async serve({ ip, port }) {
      const server = new Server();
      servers.push(server);
      await new Promise<void>((resolve, reject) => {
        server.bindAsync(`${ip}:${port}`, ServerCredentials.createInsecure(), (error) =>
          error ? reject(error) : resolve(),
        );
      });
      return server;
    },
    ...LONG,
  });
  const ended = vi.spyOn(servers[0]!, 'tryShutdown');
  await app.remove(LONG);
  expect(ended).toHaveBeenCalledOnce();
  const failing = sandbox.deploy({
    name: 'bad',
    serve: () => Promise.reject(new Error('no')),
    timeoutMs: 3000,
  });
  await expect(failing).rejects.toMatchObject({
    code: 'TIMED_OUT',
    message: expect.stringMatching(
      /^Deployment default\/bad: 1 ready endpoints: not within 3 s; its pods: bad-\S+: .*(CrashLoopBackOff|ended with 1)/,
    ),
  });
});

it('takes a pod out of its Service and back in', async () => {
  const app = await sandbox.deploy({ name: 'gate', replicas: 2, serve, ...LONG });
  const [pod, other] = app.pods;
  await pod!.setReady(false);
  expect(app.pods.map(({ name, ready }) => [name, ready])).toContainEqual([pod!.name, false]);
  expect(other!.ready).toBe(true);
  await pod!.setReady(true);
  expect(app.pods.every(({ ready }) => ready)).toBe(true);
  await app.remove(LONG);
});

it('freezes, thaws and kills the processes of a pod', async () => {
  const app = await sandbox.deploy({ name: 'signals', run: script, ...LONG });
  const [pod] = app.pods;
  await pod!.freeze();
  const answer = ask(pod!.ip, 8088);
  const first = await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 300, 'nothing'))]);
  expect(first).toBe('nothing');
  await pod!.thaw();
  expect(await answer).toBe(`${pod!.name} undefined`);
  await pod!.kill();
  interface Restarted {
    readonly status: {
      readonly containerStatuses: readonly { readonly restartCount: number; ready: boolean }[];
    };
  }
  const restarted = (object: Restarted | undefined): boolean =>
    object?.status.containerStatuses.every(({ restartCount, ready }) => restartCount === 1 && ready) ?? false;
  await sandbox.waitFor<Restarted>({ kind: 'pod', name: pod!.name }, restarted, LONG);
  await app.remove(LONG);
});

it('waits for conditions and for anything else, and says what there is instead', async () => {
  await sandbox.apply(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: plain}
spec:
  selector: {matchLabels: {app: plain}}
  template:
    metadata: {labels: {app: plain}}
    spec: {terminationGracePeriodSeconds: 1, containers: [{name: main, image: fairlead/echo}]}
`);
  const available = await sandbox.waitFor({ kind: 'deploy', name: 'plain' }, 'Available', LONG);
  expect(available).toMatchObject({ kind: 'Deployment', status: { availableReplicas: 1 } });
  await expect(
    sandbox.waitFor({ kind: 'Deployment', name: 'plain' }, 'Broken', { timeoutMs: 50 }),
  ).rejects.toThrow(/^Deployment default\/plain: Broken: not within 0.05 s; its status is \{"/);
  await expect(sandbox.waitFor({ kind: 'Node', name: 'nix' }, 'Ready', { timeoutMs: 50 })).rejects.toThrow(
    'Node nix: Ready: not within 0.05 s; there is no such object',
  );
  await expect(
    sandbox.waitFor({ kind: 'Node', name: 'nix' }, 'Ready', {
      signal: AbortSignal.abort(new Error('enough')),
    }),
  ).rejects.toThrow('enough');
  await expect(
    sandbox.waitFor({ kind: 'Node', name: 'nix' }, () => {
      throw new Error('of the test');
    }),
  ).rejects.toThrow('of the test');
});

it('puts no new pod on a node that is cordoned', async () => {
  await sandbox.cordon('node-a');
  const app = await sandbox.deploy({ name: 'cordon', replicas: 3, serve, ...LONG });
  expect(new Set(app.pods.map(({ node }) => node))).toEqual(new Set(['node-b']));
  await sandbox.uncordon('node-a');
  await app.remove(LONG);
  await expect(sandbox.cordon('node-x')).rejects.toThrow('node "node-x": accepted are node-a, node-b');
});

it.each<[Partial<DeployOptions>, string]>([
  [{ image: 'a', run: 'b' }, 'deploy(): image and run: one of image, run and serve is accepted'],
  [{ run: './nowhere.js' }, 'deploy(): run "./nowhere.js": there is no file /'],
  [{ run: [] }, 'deploy(): run []: an argv begins with a program'],
  [{ replicas: 1.5 }, 'deploy(): replicas 1.5: a whole number from 0 on is accepted'],
  [{ port: 70_000 }, 'deploy(): port 70000: a whole number from 1 to 65535 is accepted'],
  [{ name: 'A_b' }, 'Service A_b: '],
])('refuses %j', async (options, message) => {
  await expect(sandbox.deploy({ name: 'refused', ...options })).rejects.toThrow(message);
});

it('refuses kinds that are not served, names that are taken, and times that are none', async () => {
  expect(() => sandbox.list('frobs')).toThrow(/^kind "frobs": accepted are .*Deployment.*Service/);
  const app = await sandbox.deploy({ name: 'taken', replicas: 0, ...LONG });
  await expect(sandbox.deploy({ name: 'taken' })).rejects.toThrow(
    'deploy(): Deployment default/taken exists: accepted is another name, or remove() first',
  );
  await app.remove(LONG);
  await expect(app.scale(1)).rejects.toThrow('Deployment default/taken is gone: deploy() makes another one');
  await expect(app.remove({ timeoutMs: 0 })).rejects.toThrow('timeoutMs 0: a number of milliseconds above 0');
});

it('runs side by side with others and leaves the process as it was', async () => {
  const env = { ...process.env };
  const listeners = process.eventNames().map((name) => [name, process.listenerCount(name)]);
  const three = await Promise.all([1, 2, 3].map(() => startSandbox()));
  expect(process.env).toEqual(env);
  expect(process.eventNames().map((name) => [name, process.listenerCount(name)])).toEqual(listeners);
  const apps = await Promise.all(three.map((each) => each.deploy({ name: 'same', serve, ...LONG })));
  expect(new Set(apps.map(({ pods }) => pods[0]!.ip)).size).toBe(3);
  expect(new Set(three.map(({ channelOptions }) => channelOptions['fairlead.kubeconfig'])).size).toBe(3);
  await Promise.all(three.map((each) => each.close()));
});

it('is gone at the end of a block with "await using", and close() may be called again', async () => {
  let kubeconfig: string;
  {
    await using own = await startSandbox();
    ({ kubeconfig } = own);
    expect(existsSync(kubeconfig)).toBe(true);
    await own.deploy({ name: 'app', run: script, ...LONG });
    await own.close();
  }
  expect(existsSync(dirname(kubeconfig))).toBe(false);
});

/** Processes that say the run directory in their environment or arguments. */
function processesOf(runDir: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      const about = ['cmdline', 'environ'].map((file) => readFileSync(`/proc/${pid}/${file}`, 'utf8'));
      return /^\d+$/.test(pid) && about.join().includes(runDir);
    } catch {
      return false;
    }
  });
}

it('a worker that is killed leaves no process and no file', async () => {
  const owner = fileURLToPath(new URL('./test-sandbox-owner.mjs', import.meta.url));
  const worker = spawn(process.execPath, [owner, script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: worker.stdout }), 'line');
  const runDir = dirname(String(line));
  expect(processesOf(runDir).length).toBeGreaterThanOrEqual(3);
  worker.kill('SIGKILL');
  await until('nothing is left', () => processesOf(runDir).length === 0 && !existsSync(runDir));
});
