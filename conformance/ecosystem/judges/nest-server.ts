import { type EndpointSet, watchEndpoints } from '@fairlead/discovery';
import { startTestCluster, type TestCluster } from '@fairlead/sandbox/testing';
import { waitFor } from '#commands/wait.js';
import type { Running } from '../../npm/command.js';
import { Calls } from '../calls.js';
import type { Bench, Project, SetUp } from '../set-up.js';
import { TARGET } from '../world.js';

const IMAGE = 'nest/echo';
const ROLLOUT_MS = 120_000;

const manifest = (graceful: boolean, revision: number): string => `
apiVersion: v1
kind: Namespace
metadata: {name: nspace}
---
apiVersion: v1
kind: Service
metadata: {name: serv-ca, namespace: nspace}
spec: {selector: {name: test}, ports: [{name: tcp, port: 8088}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: serv-ca, namespace: nspace}
spec:
  replicas: 3
  strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
  selector: {matchLabels: {name: test}}
  template:
    metadata: {labels: {name: test}, annotations: {revision: "${revision}"}}
    spec:
      containers:
        - name: echo
          image: ${IMAGE}
          env: [{name: GRACEFUL, value: "${graceful}"}, {name: DELAY_MS, value: "30"}]
          ports: [{containerPort: 8088}]
          readinessProbe: {grpc: {port: 8088}, periodSeconds: 1, timeoutSeconds: 5}
`;

/** Who is behind the Service, as the API says. */
class Pods {
  private uids = new Set<string>();
  private ready = false;

  readonly onSet = ({ endpoints }: EndpointSet): void => {
    this.uids = new Set(endpoints.map(({ uid, key }) => uid ?? key));
    this.ready = endpoints.length === 3 && endpoints.every(({ ready }) => ready);
  };

  /** Three ready pods, and none of `before`. */
  areNew = (before: ReadonlySet<string>): boolean =>
    this.ready && [...this.uids].every((uid) => !before.has(uid));

  names = (): ReadonlySet<string> => this.uids;
}

/** Replaces every pod while calls go on; each gets a SIGTERM with calls in flight. Returns the calls. */
async function roll(bench: Bench, project: Project, cluster: TestCluster, graceful: boolean): Promise<Calls> {
  const { signal } = bench;
  const { kubeconfig } = cluster;
  const pods = new Pods();
  const watch = watchEndpoints(TARGET, { kubeconfig, lingerMs: 0, onSet: pods.onSet });
  const calls = new Calls();
  const rollout = { timeoutMs: ROLLOUT_MS, signal };
  let running: Running | undefined;
  try {
    await cluster.apply(manifest(graceful, 1));
    await waitFor('three pods', () => pods.areNew(new Set()), rollout);
    const before = pods.names();
    const options = { env: { KUBECONFIG: kubeconfig }, timeoutMs: ROLLOUT_MS * 2, onLine: calls.take };
    running = project.start(['load.mjs'], options);
    await waitFor('calls', () => calls.count > 100, rollout);
    await cluster.apply(manifest(graceful, 2));
    await waitFor('three other pods', () => pods.areNew(before), rollout);
    const last = calls.count;
    await waitFor('calls to them', () => calls.count > last + 100, rollout);
    running.finish();
    await running.ended;
    return calls;
  } finally {
    running?.kill();
    watch.close();
  }
}

/** How a server ends. */
interface Ending {
  readonly name: string;
  readonly program: string;
  readonly graceful: boolean;
  readonly expected: '0 failed' | 'some failed';
}

const ENDINGS: readonly Ending[] = [
  { name: 'with @fairlead/server', program: 'main.js', graceful: false, expected: '0 failed' },
  {
    name: 'with @fairlead/server and gracefulShutdown',
    program: 'main.js',
    graceful: true,
    expected: '0 failed',
  },
  // That the judge can tell.
  { name: 'with enableShutdownHooks alone', program: 'bare.js', graceful: false, expected: 'some failed' },
];

async function judgeEnding(
  bench: Bench,
  project: Project,
  { name, program, graceful, expected }: Ending,
): Promise<void> {
  const images = { [IMAGE]: [process.execPath, project.path('dist', program)] };
  const cluster = await startTestCluster({ images });
  try {
    const { failures, count } = await roll(bench, project, cluster, graceful);
    bench.report({
      case: `NestJS 11 server ${name}: every pod replaced under load`,
      expected,
      got: `${failures.length} failed of ${count}${failures[0] ? `: ${failures[0]}` : ''}`,
      ok: count > 200 && (expected === '0 failed') === (failures.length === 0),
    });
  } finally {
    await cluster.close();
  }
}

/** A NestJS server whose pods get SIGTERM while they answer. */
export const NEST_SERVER_SET_UPS: readonly SetUp[] = [
  {
    name: 'server-nest',
    async judge(bench) {
      const packages = {
        '@grpc/proto-loader': '*',
        '@nestjs/common': '^11',
        '@nestjs/core': '^11',
        '@nestjs/microservices': '^11',
        '@types/node': '^20',
        'reflect-metadata': '*',
        rxjs: '^7',
        typescript: '~5.9.0',
      };
      const project = await bench.install({ apps: ['nest-server', 'load'], packages, type: 'commonjs' });
      await project.must(['node_modules/typescript/bin/tsc']);
      for (const ending of ENDINGS) await judgeEnding(bench, project, ending);
    },
  },
];
