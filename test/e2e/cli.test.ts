import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server, ServerCredentials, type sendUnaryData } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  type Bench,
  echoManifest,
  fairlead,
  faults,
  NAMESPACE,
  openBench,
  startFairlead,
  TARGET,
  until,
} from './harness.js';

let bench: Bench;
let env: NodeJS.ProcessEnv;
let folder: string;

beforeAll(async () => {
  bench = await openBench();
  folder = await mkdtemp(join(tmpdir(), 'fairlead-e2e-'));
  env = { KUBECONFIG: bench.cluster.kubeconfig };
  await bench.cluster.apply(echoManifest(2));
  await bench.cluster.apply(`
apiVersion: v1
kind: Service
metadata: {name: nobody, namespace: ${NAMESPACE}}
spec: {selector: {app: nobody}, ports: [{name: grpc, port: 80, targetPort: 8088}]}
`);
  await until(
    'two pods are ready',
    async () => (await fairlead(['resolve', TARGET], env)).stdout.split(' ready ').length === 3,
  );
});

afterAll(async () => {
  await bench?.close();
  await rm(folder, { recursive: true, force: true });
});

const bytes = (value: Buffer): Buffer => value;
const CHECK = {
  path: '/grpc.health.v1.Health/Check',
  requestStream: false,
  responseStream: false,
  requestSerialize: bytes,
  requestDeserialize: bytes,
  responseSerialize: bytes,
  responseDeserialize: bytes,
} as const;

/** A gRPC server that answers so many calls and leaves all others open, until the test ends. */
async function startForgetfulServer(answers: number) {
  let asked = 0;
  const server = new Server();
  server.addService(
    { Check: CHECK },
    {
      Check: (_: unknown, answer: sendUnaryData<Buffer>) =>
        asked++ < answers && answer(null, Buffer.alloc(0)),
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  onTestFinished(() => server.forceShutdown());
  return { port, asked: () => asked };
}

describe('fairlead resolve', () => {
  it('prints the endpoints as a table and as JSON', async () => {
    const { code, stdout } = await fairlead(['resolve', TARGET, '-o', 'json'], env);
    expect(code).toBe(0);
    const set = JSON.parse(stdout);
    expect(set).toMatchObject({
      target: TARGET,
      state: { kind: 'live' },
      endpoints: [{ ready: true }, { ready: true }],
    });
    const table = await fairlead(['resolve', TARGET], env);
    expect(table.stdout).toMatch(
      /^ADDRESS +POD +NODE +ZONE +CONDITION +SLICE\n[\d.]+:8088 +echo-\S+ +node-[ab] +zone-[ab] +ready +serv-/,
    );
  });

  it.each([
    [['resolve', 'k8s:///nobody.nspace:80'], 1, /no ready endpoint since/],
    [['resolve', 'k8s:///nothere.nspace:80'], 1, /Service nothere does not exist in namespace nspace/],
    [['resolve', `k8s:///serv.${NAMESPACE}:9`], 1, /no port 9; the Service has tcp \(8088\)/],
    [['resolve', 'k8s://serv.nspace:8088'], 2, /write three slashes/],
    [['resolve', 'k8s:///'], 2, /service name is missing/],
    [['resolve', TARGET, '--kubeconfig', '/nowhere'], 2, /\/nowhere/],
    [['resolve'], 2, /missing required argument/],
    [['call', TARGET, '--rate', 'fast'], 2, /--rate takes a number above 0/],
    [['call', TARGET, '--config', '{'], 2, /--config: not JSON/],
    [['call', TARGET, '--config', '{"loadBalancingConfig":[{"nix":{}}]}'], 2, /only unknown policies: "nix"/],
    [['call', 'xyz:///a'], 2, /scheme "xyz" is unknown/],
    [['doctor', 'dns:///a'], 2, /scheme "dns" is not one of/],
    [['frobnicate'], 2, /unknown command/],
  ])('%j exits %i and says so in one line', async (args, code, text) => {
    const ran = await fairlead(args, env);
    expect({ code: ran.code, stdout: ran.stdout }).toEqual({ code, stdout: '' });
    expect(ran.stderr).toMatch(text);
    expect(ran.stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('fairlead watch', () => {
  it('prints a line per change and ends on SIGINT', async () => {
    const { child, output, exited } = startFairlead(['watch', TARGET, '-o', 'json'], env);
    const lines = () =>
      output.stdout
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line));
    await until('the first line', () => lines().length === 1);
    expect(lines()[0]).toMatchObject({ ageMs: null, removed: [], changed: [], state: { kind: 'live' } });
    expect(lines()[0].added).toHaveLength(2);
    await bench.scale(3);
    await until('the new endpoint turns ready', () =>
      lines().some(({ added, changed }) =>
        [...added, ...changed].some(
          ({ pod, ready }: { pod: string; ready: boolean }) =>
            ready && !JSON.stringify(lines()[0].added).includes(pod),
        ),
      ),
    );
    child.kill('SIGINT');
    expect(await exited).toEqual({ code: 0, signal: null });
    await bench.scale(2);
  });

  it('tells when the API server is away, and when it is back', async (context) => {
    const { stopApi, startApi } = faults(context, bench.cluster, 'stopApi', 'startApi');
    const { child, output, exited } = startFairlead(['watch', TARGET], env);
    await until('the first line', () => / \(\d endpoints/.test(output.stdout));
    await stopApi();
    await until('it is missed', () => / {2}stale: no connection to the API server/.test(output.stdout));
    await startApi();
    await until('it is found again', () => / {2}live again\n/.test(output.stdout));
    child.kill('SIGTERM');
    expect(await exited).toEqual({ code: 0, signal: null });
  });

  it('says why there is nothing to call', async () => {
    const { output } = startFairlead(['watch', 'k8s:///nothere.nspace:80'], env);
    await until('a line', () => output.stdout.includes('\n'));
    expect(output.stdout).toMatch(/\(0 endpoints\) {2}Service nothere does not exist in namespace nspace\n$/);
  });
});

describe('fairlead call', () => {
  it('counts calls by endpoint and pod', async () => {
    await until(
      'two pods are left',
      async () =>
        JSON.parse((await fairlead(['resolve', TARGET, '-o', 'json'], env)).stdout).endpoints.length === 2,
    );
    const { code, stdout } = await fairlead(
      ['call', TARGET, '--rate', '200', '--duration', '3', '-o', 'json'],
      env,
    );
    const report = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(report).toMatchObject({ calls: 600, ok: 600, failed: 0, byStatus: { OK: 600 } });
    const pods = Object.values(report.byEndpoint) as { pod: string; calls: number }[];
    expect(pods).toHaveLength(2);
    for (const { pod, calls } of pods) {
      expect(pod).toMatch(/^echo-/);
      // The connection that is ready first takes all calls until the other one is.
      expect(calls).toBeGreaterThan(150);
    }
    expect(report.latencyMs.p50).toBeGreaterThan(0);
  });

  it('dials any gRPC target with any service config', async () => {
    const name = `dns://${bench.cluster.dns}/serv.${NAMESPACE}.svc.cluster.local:8088`;
    const config = '{"loadBalancingConfig":[{"round_robin":{}}]}';
    const { code, stdout } = await fairlead(
      ['call', name, '--rate', '200', '--duration', '3', '--config', config, '-o', 'json'],
      env,
    );
    const report = JSON.parse(stdout);
    expect(code).toBe(0);
    const endpoints: { pod: string | null; calls: number; failed: number }[] = Object.values(
      report.byEndpoint,
    );
    expect(endpoints).toHaveLength(2);
    for (const { pod, calls, failed } of endpoints) {
      expect({ pod, failed }).toEqual({ pod: null, failed: 0 });
      // The first calls may all go to the connection that was ready first.
      expect(calls).toBeGreaterThan(150);
    }
  });

  it('prints the report so far on SIGINT, whatever is still on its way', async () => {
    const { port, asked } = await startForgetfulServer(5);
    const { child, output, exited } = startFairlead(['call', `127.0.0.1:${port}`, '--duration', '600'], env);
    await until('more calls are on their way', () => asked() > 10);
    child.kill('SIGINT');
    expect(await exited).toEqual({ code: 0, signal: null });
    expect(output.stdout).toMatch(
      /\n5 calls, 5 ok, 0 failed\n.*\n\d+ more were not answered yet and do not count\n$/,
    );
  });

  it('says in words why calls failed', async () => {
    const { code, stdout } = await fairlead(['call', 'k8s:///nobody.nspace:80', '--duration', '0.2'], env);
    expect(code).toBe(1);
    expect(stdout).toMatch(/\n20 calls, 0 ok, 20 failed\n/);
    expect(stdout).toMatch(/\nUNAVAILABLE 20: k8s:\/\/\/nobody\.nspace:80: no ready endpoint since .*\n$/);
  });

  it('exits 1 when calls failed', async () => {
    const { code, stdout } = await fairlead(
      ['call', 'k8s:///nobody.nspace:80', '--duration', '0.2', '-o', 'json'],
      env,
    );
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: 0,
      failed: 20,
      byStatus: { UNAVAILABLE: 20 },
      byEndpoint: { '-': { calls: 20 } },
    });
  });
});

describe('every command', () => {
  it.each([['resolve'], ['doctor'], ['call', '--duration', '0.3'], ['watch']])(
    '%s is silent when nobody reads what it prints',
    async (command, ...more) => {
      const { child, output, exited } = startFairlead([command, TARGET, ...more], env);
      child.stdout.destroy();
      expect({ ...(await exited), stderr: output.stderr }).toEqual({ code: 0, signal: null, stderr: '' });
    },
  );

  it.each(['demo', 'sandbox up', 'resolve', 'watch', 'call', 'doctor'])(
    '%s --help shows an example',
    async (command) => {
      const { code, stdout } = await fairlead([...command.split(' '), '--help']);
      expect(code).toBe(0);
      expect(stdout).toMatch(/Example:\n {2}fairlead /);
    },
  );
});
