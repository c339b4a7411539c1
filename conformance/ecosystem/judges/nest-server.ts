import { type EndpointSet, watchEndpoints } from '@fairlead/discovery';
import { startTestCluster, type TestCluster } from '@fairlead/sandbox/testing';
import { waitFor } from '../../wait.js';
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

/** Replaces every pod while calls go on; each gets a SIGTERM with calls in flight. */
async function roll(bench: Bench, project: Project, cluster: TestCluster, graceful: boolean): Promise<void> {
  const { signal } = bench;
  let uids = new Set<string>();
  let settled = false;
  const onSet = ({ endpoints }: EndpointSet): void => {
    uids = new Set(endpoints.map(({ uid, key }) => uid ?? key));
    settled = endpoints.length === 3 && endpoints.every(({ ready }) => ready);
  };
  const watch = watchEndpoints(TARGET, { kubeconfig: cluster.kubeconfig, lingerMs: 0, onSet });
  const calls = new Calls();
  try {
    await cluster.apply(manifest(graceful, 1));
    await waitFor('three pods', () => settled, { timeoutMs: ROLLOUT_MS, signal });
    const before = uids;
    const env = { KUBECONFIG: cluster.kubeconfig };
    const running = project.start(['load.mjs'], { env, timeoutMs: ROLLOUT_MS * 2, onLine: calls.take });
    await waitFor('calls', () => calls.count > 100, { timeoutMs: 60_000, signal });
    await cluster.apply(manifest(graceful, 2));
    const replaced = (): boolean => settled && [...uids].every((uid) => !before.has(uid));
    await waitFor('three other pods', replaced, { timeoutMs: ROLLOUT_MS, signal });
    const last = calls.count;
    await waitFor('calls to them', () => calls.count > last + 100, { timeoutMs: 60_000, signal });
    running.finish();
    await running.ended;
  } finally {
    watch.close();
  }
  bench.report({
    case: `NestJS 11 server with @fairlead/server, gracefulShutdown: ${graceful}: every pod replaced under load`,
    expected: '0 failed',
    got: `${calls.failures.length} failed${calls.failures[0] ? `: ${calls.failures[0]}` : ''} of ${calls.count}`,
    ok: calls.failures.length === 0 && calls.count > 200,
  });
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
      for (const graceful of [false, true]) {
        const images = { [IMAGE]: [process.execPath, project.path('dist', 'main.js')] };
        const cluster = await startTestCluster({ images });
        try {
          await roll(bench, project, cluster, graceful);
        } finally {
          await cluster.close();
        }
      }
    },
  },
];
