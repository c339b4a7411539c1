import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Server, ServerCredentials, type ServerDuplexStream, type sendUnaryData } from '@grpc/grpc-js';
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

/** Folder of echo.proto. */
const IMAGES = fileURLToPath(new URL('../../packages/sandbox/src/images', import.meta.url));

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

/** A field of bytes on the wire: all that a short file descriptor is made of. */
const field = (number: number, value: string | Buffer): Buffer => {
  const content = Buffer.from(value);
  return Buffer.concat([Buffer.from([(number << 3) | 2, content.length]), content]);
};

/** `TYPE.proto` of the package demo, with more fields. */
const protoFile = (name: string, ...more: Buffer[]): Buffer =>
  Buffer.concat([field(1, name), field(2, 'demo'), ...more, field(12, 'proto3')]);

const SAY = Buffer.concat([field(1, 'Say'), field(2, '.demo.Text'), field(3, '.demo.Text')]);
const OLD_FILES: Readonly<Record<string, Buffer>> = {
  'demo.Old': protoFile(
    'old.proto',
    field(3, 'type.proto'),
    field(6, Buffer.concat([field(1, 'Old'), field(2, SAY)])),
  ),
  'type.proto': protoFile('type.proto', field(4, field(1, 'Text'))),
};

/** A server with reflection v1alpha only, which sends each file without those that it imports. */
async function startOldReflection(): Promise<number> {
  const answerTo = (question: Buffer): Buffer => {
    const isList = question[0] === field(7, '')[0];
    if (isList) return field(6, field(1, field(1, 'demo.Old')));
    return field(4, field(1, OLD_FILES[question.subarray(2).toString()] ?? ''));
  };
  const path = '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo';
  const server = new Server();
  server.addService(
    { Info: { ...CHECK, path, requestStream: true, responseStream: true } },
    {
      Info(call: ServerDuplexStream<Buffer, Buffer>) {
        call.on('data', (question: Buffer) => call.write(answerTo(question)));
        call.on('end', () => call.end());
        call.on('error', () => {});
      },
    },
  );
  onTestFinished(() => server.forceShutdown());
  return promisify(server.bindAsync.bind(server))('127.0.0.1:0', ServerCredentials.createInsecure());
}

describe('fairlead resolve', () => {
  it('prints the endpoints as a table and as JSON', async () => {
    const { code, stdout, stderr } = await fairlead(['resolve', TARGET, '-o', 'json'], env);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
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
      ['call', TARGET, '--rate', '200', '--duration', '3', '--inspect', '-o', 'json'],
      env,
    );
    const report = JSON.parse(stdout);
    expect(code).toBe(0);
    const ready = { why: 'ready', connection: { state: 'ready' }, inFlight: 0 };
    expect(report.channels).toMatchObject([
      { target: TARGET, endpointSet: { state: 'live', source: 'kubernetes' }, endpoints: [ready, ready] },
    ]);
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

  it('calls a method with data, by reflection and by its proto file, and sends headers', async () => {
    const method = ['--method', 'fairlead.echo.v1.Echo/Say', '--data', '{"text":"hi"}'];
    for (const proto of [[], ['--proto', 'echo.proto', '--import-path', IMAGES]]) {
      const args = ['call', TARGET, ...method, ...proto, '-H', 'a:b', '--duration', '0.5', '-o', 'json'];
      const { code, stdout, stderr } = await fairlead(args, env);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(JSON.parse(stdout)).toMatchObject({ calls: 50, ok: 50, failed: 0, messages: 50 });
    }
  });

  it('counts the replies of streams', async () => {
    const stream = ['--method', 'fairlead.echo.v1.Echo/Stream', '--data', '[{"text":"a"},{"text":"b"},{}]'];
    const { code, stdout } = await fairlead(
      ['call', TARGET, ...stream, '--duration', '0.5', '-o', 'json'],
      env,
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ calls: 50, ok: 50, messages: 150 });
    const watch = ['--method', 'grpc.health.v1.Health/Watch', '--deadline', '3', '--rate', '2'];
    const watched = await fairlead(['call', TARGET, ...watch, '--duration', '1', '-o', 'json'], env);
    expect(watched.code).toBe(1);
    expect(JSON.parse(watched.stdout)).toMatchObject({ messages: 2, byStatus: { DEADLINE_EXCEEDED: 2 } });
  });

  it('lists the methods of a server', async () => {
    const { code, stdout } = await fairlead(['call', TARGET, '--list-methods'], env);
    expect(code).toBe(0);
    expect(stdout.split('\n')).toContain(
      'fairlead.echo.v1.Echo/Say (fairlead.echo.v1.SayRequest) returns (fairlead.echo.v1.SayReply)',
    );
  });

  it.each([
    [
      ['--method', 'fairlead.echo.v1.Echo/Nix'],
      2,
      /has no method Nix; accepted: fairlead\.echo\.v1\.Echo\/Say, /,
    ],
    [['--method', 'a.B/C'], 2, /there is no service a\.B; accepted: fairlead/],
    [
      ['--method', 'fairlead.echo.v1.Echo/Say', '--data', '{"text":1}'],
      2,
      /data\.text: 1: a string is accepted/,
    ],
    [
      ['--method', 'a.B/C', '--proto', '/nowhere.proto'],
      2,
      /--proto \/nowhere\.proto: there is no such file/,
    ],
    [['--data', '{}'], 2, /--data: --method package\.Service\/Method is needed too/],
    [['-H', 'nix'], 2, /--header "nix": NAME:VALUE is accepted/],
  ])('call %j exits %i and says so in one line', async (args, code, text) => {
    const ran = await fairlead(['call', TARGET, ...args], env);
    expect({ code: ran.code, stdout: ran.stdout }).toEqual({ code, stdout: '' });
    expect(ran.stderr).toMatch(text);
    expect(ran.stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('asks older servers by v1alpha, and says what to do where there is no reflection', async () => {
    const { port } = await startForgetfulServer(1000);
    expect(await fairlead(['call', `127.0.0.1:${port}`, '--list-methods'], env)).toEqual({
      code: 1,
      stdout: '',
      stderr: 'fairlead: the server has no reflection (grpc.reflection.v1 or v1alpha): give --proto FILE\n',
    });
    const old = await startOldReflection();
    const { code, stdout } = await fairlead(
      ['call', `127.0.0.1:${old}`, '--list-methods', '-o', 'json'],
      env,
    );
    expect({ code, names: JSON.parse(stdout) }).toEqual({ code: 0, names: ['demo.Old/Say'] });
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
