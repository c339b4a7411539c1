import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { request } from 'node:https';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { resolveEndpoints } from '@fairlead/discovery';
import { loadAccess } from '@fairlead/discovery/kubernetes';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { requestToken, writeUserKubeconfig } from './accounts.js';
import { type Bench, echoManifest, fairlead, NAMESPACE, openBench, TARGET, until } from './harness.js';

const HUNG = fileURLToPath(new URL('./pods/hung.mjs', import.meta.url));

/** A Service beside the one of `echoManifest`. */
const service = (name: string, spec: string): string => `
apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: ${NAMESPACE}}
spec: {${spec}}
---`;

/** A pod with a label of its name. */
const pod = (name: string, container: string): string => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: ${NAMESPACE}, labels: {app: ${name}}}
spec:
  terminationGracePeriodSeconds: 1
  containers: [{name: server, ${container}}]
---`;

const SET_UPS = [
  service('nobody', 'clusterIP: None, selector: {app: nobody}, ports: [{name: grpc, port: 8088}]'),
  service('unready', 'clusterIP: None, selector: {app: unready}, ports: [{name: grpc, port: 8088}]'),
  pod('unready', 'image: fairlead/echo, readinessProbe: {tcpSocket: {port: 9}, periodSeconds: 1}'),
  service(
    'early',
    'clusterIP: None, publishNotReadyAddresses: true, selector: {app: unready}, ports: [{name: grpc, port: 8088}]',
  ),
  service('astray', 'selector: {app: echo}, ports: [{name: grpc, port: 80, targetPort: 9999}]'),
  service('nameless', 'selector: {app: echo}, ports: [{name: grpc, port: 80, targetPort: web}]'),
  service('sticky', 'selector: {app: echo}, ports: [{name: grpc, port: 80, targetPort: 8088}]'),
  service('hung', 'clusterIP: None, selector: {app: hung}, ports: [{name: grpc, port: 8088}]'),
  pod('hung', 'image: test/hung'),
  `
apiVersion: v1
kind: Namespace
metadata: {name: other}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: weak, namespace: ${NAMESPACE}}
`,
].join('');

let bench: Bench;
let env: NodeJS.ProcessEnv;
let folder: string;

/** How many endpoints a Service has. */
const endpointsOf = async (name: string): Promise<number> =>
  (await resolveEndpoints(`k8s:///${name}.${NAMESPACE}`, { kubeconfig: bench.cluster.kubeconfig })).endpoints
    .length;

beforeAll(async () => {
  bench = await openBench({ images: { 'test/hung': [process.execPath, HUNG] } });
  folder = await realpath(await mkdtemp(join(tmpdir(), 'fairlead-e2e-')));
  env = { KUBECONFIG: bench.cluster.kubeconfig };
  await bench.cluster.apply(echoManifest(2));
  await bench.cluster.apply(SET_UPS);
  await until('all pods run', async () => {
    const counts = await Promise.all(['serv', 'sticky', 'unready', 'early', 'hung'].map(endpointsOf));
    return counts.join() === '2,2,1,1,1' && (await bench.rolledOut());
  });
  const query = { fieldSelector: 'reason=Unhealthy' };
  const events = { group: '', version: 'v1', resource: 'events' };
  await until('the probe has failed', async () => {
    const { items } = await bench.api.list(events, { namespace: NAMESPACE, query });
    return items.some(({ involvedObject }) => (involvedObject as { name: string }).name === 'unready');
  });
});

afterAll(async () => {
  await bench?.close();
  await rm(folder, { recursive: true, force: true });
});

interface Check {
  readonly id: string;
  readonly ok: boolean;
  readonly text: string;
  readonly fix?: string;
}

async function examine(target: string, more: NodeJS.ProcessEnv = {}, cwd = folder) {
  const args = ['doctor', target, '-o', 'json'];
  const { code, stdout, stderr } = await fairlead(args, { ...env, ...more }, cwd);
  expect(stderr).toBe('');
  const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: Check[] };
  const text = (id: string): string | undefined => checks.find((check) => check.id === id)?.text;
  return { code, ok, checks, text, failed: checks.filter((check) => !check.ok) };
}

it('finds nothing wrong when all is well', async () => {
  const { code, ok, checks } = await examine(TARGET);
  expect({ code, ok }).toEqual({ code: 0, ok: true });
  expect(checks.map(({ id }) => id)).toEqual([
    'api',
    'rbac-endpointslices',
    'rbac-services',
    'service',
    'watch',
    'endpoints',
    'dns',
    'connect',
  ]);
  const { stdout } = await fairlead(['doctor', TARGET], env, folder);
  expect(stdout).toMatch(/✓ 2 endpoints in 1 slice: 2 ready\n✓ DNS .*\n✓ 2 of 2 answer gRPC\n$/);
});

it('finds nothing wrong with a cluster IP, but says what plain gRPC does there', async () => {
  const { ok, text } = await examine('k8s:///sticky.nspace:80');
  expect(ok).toBe(true);
  expect(text('service')).toMatch(
    /ClusterIP, ports grpc 80 → 8088; through its virtual IP [\d.]+ all calls of a connection stay on one pod$/,
  );
});

it.each<[string, string, string, RegExp, RegExp]>([
  [
    'no such Service',
    'k8s:///nothere.nspace:80',
    'service',
    /^Service nothere in namespace nspace does not exist$/,
    /^kubectl get services -n nspace lists what there is$/,
  ],
  [
    'a Service of another namespace',
    'k8s:///serv.other:8088',
    'service',
    /^Service serv in namespace other does not exist; serv exists in namespace nspace$/,
    /^dial k8s:\/\/\/serv\.nspace:8088, or apply the Service in other$/,
  ],
  [
    'a namespace that does not exist',
    'k8s:///serv.nowhere:8088',
    'service',
    /^there is no namespace nowhere; serv exists in namespace nspace$/,
    /^dial k8s:\/\/\/serv\.nspace:8088/,
  ],
  [
    'a selector that matches nothing',
    'k8s:///nobody.nspace:8088',
    'endpoints',
    /^no pod in namespace nspace has the labels that Service nobody selects: app=nobody$/,
    /^compare them with the pods’ labels: kubectl get pods -n nspace --show-labels$/,
  ],
  [
    'a probe that fails, with its words',
    'k8s:///unready.nspace:8088',
    'endpoints',
    /^no ready endpoint since .*: 1 not ready; unready: Readiness probe failed: .*:9: connect.* refused$/,
    /^mend what the probe asks, or the probe: kubectl describe pod unready -n nspace$/,
  ],
  [
    'pods that are published before they are ready',
    'k8s:///early.nspace:8088',
    'readiness',
    /\(publishNotReadyAddresses\), and 1 of 1 is not; unready: Readiness probe failed/,
    /^set publishNotReadyAddresses: false/,
  ],
  [
    'a port that the Service does not have',
    'k8s:///serv.nspace:9',
    'endpoints',
    /^no port 9; the Service has tcp \(8088\)$/,
    /^dial k8s:\/\/\/serv\.nspace:8088$/,
  ],
  [
    'no port by that name',
    'k8s:///serv.nspace:grpc',
    'endpoints',
    /^no port grpc; the Service has tcp \(8088\)$/,
    /^dial k8s:\/\/\/serv\.nspace:8088$/,
  ],
  [
    'a targetPort on which nobody listens',
    'k8s:///astray.nspace:80',
    'connect',
    /^2 of 2 do not answer gRPC: connect ECONNREFUSED \(echo-\S+, echo-\S+\)$/,
    /^nothing listens on port 9999 there, and the containers declare 8088: set targetPort of the Service/,
  ],
  [
    'a targetPort whose name no container has',
    'k8s:///nameless.nspace:80',
    'endpoints',
    /^port grpc \(80 → web\) of the Service is on none of its endpoints/,
    /^set targetPort web of the Service to a port of its pods, which declare 8088$/,
  ],
])('names %s', async (_, target, id, text, fix) => {
  const { code, failed } = await examine(target);
  expect(code).toBe(1);
  expect(failed.map((check) => check.id)).toEqual([id]);
  expect(failed[0]).toMatchObject({
    text: expect.stringMatching(text),
    fix: expect.stringMatching(fix),
  });
});

it('names a pod that swallows packets, and no command waits for it any longer than it must', async () => {
  const set = await resolveEndpoints('k8s:///hung.nspace:8088', { kubeconfig: bench.cluster.kubeconfig });
  const { host, port } = set.endpoints[0]?.addresses[0] ?? { host: '', port: 0 };
  // Once its queue is full, a connection gets no answer to its first packet.
  const sockets: Socket[] = [];
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  const connects = async (): Promise<boolean> => {
    const socket = connect(port, host).on('error', () => {});
    sockets.push(socket);
    return once(socket, 'connect', { signal: AbortSignal.timeout(500) }).then(
      () => true,
      () => false,
    );
  };
  await until('the queue is full', async () => !(await connects()), 10_000);
  const [called, { code, failed }] = await Promise.all([
    // It waits 10 s for answers; the connection that it began would last two minutes.
    fairlead(['call', 'k8s:///hung.nspace:8088', '--duration', '0.2', '-o', 'json'], env),
    examine('k8s:///hung.nspace:8088'),
  ]);
  expect(JSON.parse(called.stdout)).toMatchObject({ ok: 0, byStatus: { DEADLINE_EXCEEDED: 20 } });
  expect(code).toBe(1);
  expect(failed).toEqual([
    {
      id: 'connect',
      ok: false,
      text: '1 of 1 do not answer gRPC: no answer within 3 s (hung)',
      fix: expect.stringMatching(/^packets are swallowed or the process hangs: look for NetworkPolicies/),
    },
  ]);
});

it('names a proxy variable that catches the calls', async () => {
  const { failed } = await examine(TARGET, { http_proxy: 'http://127.0.0.1:9' });
  expect(failed).toEqual([
    {
      id: 'proxy',
      ok: false,
      text: 'http_proxy is set: grpc-js sends the calls of serv.nspace to that proxy and asks no resolver',
      fix: "set no_proxy=serv.nspace or the channel option 'grpc.enable_http_proxy': 0",
    },
  ]);
});

it('names two copies of grpc-js, by what the application loads and what @fairlead/client loads', async () => {
  const installed = dirname(dirname(fileURLToPath(import.meta.resolve('@fairlead/client'))));
  const shared = dirname(fileURLToPath(import.meta.resolve('@grpc/grpc-js/package.json')));
  const modules = join(folder, 'app', 'node_modules');
  await mkdir(join(modules, '@fairlead'), { recursive: true });
  await symlink(installed, join(modules, '@fairlead', 'client'));
  await cp(shared, join(modules, '@grpc', 'grpc-js'), { recursive: true });
  const { failed } = await examine(TARGET, {}, join(folder, 'app'));
  const own = join(modules, '@grpc', 'grpc-js');
  expect(failed).toEqual([
    {
      id: 'grpc-js',
      ok: false,
      text: expect.stringMatching(
        `^two copies of @grpc/grpc-js: this application loads ${own} \\(1\\.14\\.\\d+\\), @fairlead/client loads ${shared} \\(`,
      ),
      fix: expect.stringMatching(/"overrides" in package\.json.* register\(\{ grpc \}\)/),
    },
  ]);
  await rm(own, { recursive: true });
  await symlink(shared, own);
  expect((await examine(TARGET, {}, join(folder, 'app'))).text('grpc-js')).toMatch(
    /^this application and @fairlead\/client share @grpc\/grpc-js 1\.14\.\d+$/,
  );
});

/** A proxy before the API server that hands on every answer but those of watches; returns a kubeconfig for it. */
async function startHoldingProxy(): Promise<string> {
  const access = loadAccess({ kubeconfig: bench.cluster.kubeconfig });
  const proxy = createHttpServer((incoming, outgoing) => {
    if (incoming.url?.includes('watch=true')) return;
    const { method, headers } = incoming;
    const onward = request(
      new URL(incoming.url ?? '/', access.server),
      { method, headers, ca: access.ca(), agent: false },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    incoming.pipe(onward.on('error', () => outgoing.destroy()));
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  const admin = await readFile(bench.cluster.kubeconfig, 'utf8');
  const file = join(folder, 'proxied');
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  await writeFile(file, admin.replace(/server: .*/, `server: ${url}`), { mode: 0o600 });
  return file;
}

it('names a watch that something between holds back', async () => {
  const { code, failed } = await examine(TARGET, { KUBECONFIG: await startHoldingProxy() });
  expect(code).toBe(1);
  expect(failed).toEqual([
    {
      id: 'watch',
      ok: false,
      text: 'the EndpointSlices can be listed, but a watch of them says nothing for 5 s: changes come late or never',
      fix: expect.stringMatching(/^a proxy between here and http:\/\/127\.0\.0\.1:\d+ holds answers back/),
    },
  ]);
});

it('gives up on an API server that does not answer', async () => {
  const sockets: Socket[] = [];
  const deaf = createServer((socket) => void sockets.push(socket.on('error', () => {}))).listen(
    0,
    '127.0.0.1',
  );
  await once(deaf, 'listening');
  onTestFinished(() => {
    deaf.close();
    for (const socket of sockets) socket.destroy();
  });
  const admin = await readFile(bench.cluster.kubeconfig, 'utf8');
  const file = join(folder, 'deaf');
  const url = `https://127.0.0.1:${(deaf.address() as AddressInfo).port}`;
  await writeFile(file, admin.replace(/server: .*/, `server: ${url}`), { mode: 0o600 });
  const { code, failed } = await examine(TARGET, { KUBECONFIG: file });
  expect(code).toBe(1);
  expect(failed).toMatchObject([
    { id: 'api', fix: expect.stringMatching(/is reached from here: kubectl version$/) },
  ]);
});

it('names credentials that are refused', async () => {
  const kubeconfig = await writeUserKubeconfig(bench, join(folder, 'expired'), { token: 'expired' });
  const { code, failed } = await examine(TARGET, { KUBECONFIG: kubeconfig });
  expect(code).toBe(1);
  expect(failed).toMatchObject([
    {
      id: 'api',
      text: expect.stringMatching(/^the API server refused the credentials \(401\)/),
      fix: expect.stringMatching(/^renew the credentials/),
    },
  ]);
});

it('names the rights that an account lacks, and prints the Role that gives them', async () => {
  const token = await requestToken(bench, 'weak');
  const kubeconfig = await writeUserKubeconfig(bench, join(folder, 'weak'), { token });
  const { code, failed } = await examine(TARGET, { KUBECONFIG: kubeconfig });
  expect(code).toBe(1);
  const fix = `apply the Role that "fairlead doctor --rbac ${TARGET}" prints`;
  expect(failed).toMatchObject([
    {
      id: 'rbac-endpointslices',
      text: 'ServiceAccount nspace:weak may not list nor watch endpointslices in namespace nspace',
      fix,
    },
    { id: 'rbac-services', fix },
  ]);
  const { stdout } = await fairlead(['doctor', TARGET, '--rbac'], { KUBECONFIG: kubeconfig });
  expect(stdout).toContain(`  - kind: ServiceAccount\n    name: weak\n    namespace: ${NAMESPACE}\n`);
  await bench.cluster.apply(stdout);
  // Pods may not be listed by that account: nothing fails for it.
  expect(await examine(TARGET, { KUBECONFIG: kubeconfig })).toMatchObject({ code: 0, failed: [] });
  const nobody = await examine('k8s:///nobody.nspace:8088', { KUBECONFIG: kubeconfig });
  expect(nobody.failed).toMatchObject([
    { id: 'endpoints', text: expect.stringMatching(/the Service has no endpoints$/) },
  ]);
});
