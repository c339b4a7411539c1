import { setTimeout as pause } from 'node:timers/promises';
import { waitFor } from '#commands/wait.js';
import { CROWD } from '../../peers/cluster.js';
import { epochMs } from '../../peers/observer.js';
import { startProgram } from '../../peers/program.js';
import { firstAnswers, takeAll } from '../caller.js';
import { judgeOnly } from '../judge.js';
import { callsDuring, openTeam, type Scenario, type Stage, withTeam } from '../scene.js';
import { startControlPlane } from '../server.js';
import { START_MS } from './pods.js';

const CROWD_SIZE = 150;
const SERVICES = 100;
const SHARED = 100;

const MANY: Scenario = {
  id: 'many',
  title: `${CROWD_SIZE} endpoints`,
  about: `A Service of ${CROWD_SIZE} endpoints in two EndpointSlices: every one of them is called, none fails.`,
};
const WIDE: Scenario = {
  id: 'wide',
  title: `${SERVICES} services × ${SHARED} endpoints`,
  about: `One process has ${SERVICES} channels to ${SERVICES} Services of ${SHARED} endpoints each (the same addresses). The time is from the start of the process until each channel was answered once; then 10 s of calls to all.`,
};

/** Addresses of the sandbox's own range that no node has. */
const addresses = (stage: Stage, third: number, count: number): string[] => {
  const network = stage.cluster.sandbox.dns.split('.').slice(0, 2).join('.');
  return Array.from({ length: count }, (_, index) => `${network}.${third}.${index + 1}`);
};

async function many(stage: Stage): Promise<void> {
  const { context, clients, cluster, folder } = stage;
  const { signal } = context;
  const crowd = addresses(stage, 200, CROWD_SIZE);
  const servers = await startProgram({ argv: [stage.servers, 'crowd', ...crowd] });
  const controlPlane = await startControlPlane('serve', cluster.kubeconfig);
  try {
    await cluster.addCrowd(crowd);
    const task = { server: controlPlane.port, services: [`${CROWD}.peers:8088`], folder, rate: 100 };
    await withTeam(openTeam(clients, task), async (team) => {
      await firstAnswers(team, { timeoutMs: START_MS, signal });
      // A client connects to all of them before each gets its turn.
      await pause(10_000, undefined, { signal });
      takeAll(team);
      const fromMs = epochMs();
      await pause(6_000, undefined, { signal });
      const { calls } = await callsDuring(team, fromMs, context);
      for (const [name, all] of calls) stage.found(MANY, name, judgeOnly(all, crowd));
    });
  } finally {
    await controlPlane.close();
    await servers.close();
  }
}

const wideName = (index: number): string => `wide-${index}`;

const wideManifest = (hosts: readonly string[]): string =>
  Array.from(
    { length: SERVICES },
    (_, index) => `
apiVersion: v1
kind: Service
metadata: {name: ${wideName(index)}, namespace: peers}
spec: {clusterIP: None, ports: [{name: grpc, port: 8088}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: ${wideName(index)}-1
  namespace: peers
  labels: {kubernetes.io/service-name: ${wideName(index)}, endpointslice.kubernetes.io/managed-by: xds.fairlead.example}
addressType: IPv4
ports: [{name: grpc, port: 8088}]
endpoints:
${hosts.map((host) => `  - {addresses: [${host}], conditions: {ready: true}}`).join('\n')}
---`,
  ).join('');

async function wide(stage: Stage): Promise<void> {
  const { context, cluster, folder } = stage;
  const { signal } = context;
  const hosts = addresses(stage, 201, SHARED);
  const servers = await startProgram({ argv: [stage.servers, 'crowd', ...hosts] });
  const controlPlane = await startControlPlane('serve', cluster.kubeconfig);
  try {
    await cluster.sandbox.apply(wideManifest(hosts));
    const services = Array.from({ length: SERVICES }, (_, index) => `${wideName(index)}.peers:8088`);
    // One after the other: most of them open a connection for each endpoint of each channel.
    for (const client of stage.clients.filter(({ proxy }) => proxy !== true)) {
      const startMs = epochMs();
      const task = { server: controlPlane.port, services, folder, rate: SERVICES };
      await withTeam(openTeam([client], task), async (team) => {
        const answered = new Set<number>();
        const all = (): boolean => {
          for (const { code, target } of takeAll(team).get(client.name) ?? [])
            if (code === 0) answered.add(target);
          return answered.size === SERVICES;
        };
        await waitFor('every channel was answered', all, { timeoutMs: 2 * START_MS, signal }).catch(() => {});
        const tookMs = epochMs() - startMs;
        const fromMs = epochMs();
        await pause(10_000, undefined, { signal });
        const { calls } = await callsDuring(team, fromMs, context);
        const later = calls.get(client.name) ?? [];
        const failed = later.filter(({ code }) => code !== 0).length;
        stage.found(WIDE, client.name, {
          holds: answered.size === SERVICES && failed === 0 && later.length > 0,
          expected: `${SERVICES} of ${SERVICES} channels, then 0 failed`,
          got: `${answered.size} of ${SERVICES} channels within ${(tookMs / 1000).toFixed(1)} s, then ${failed} failed of ${later.length}`,
        });
      });
    }
  } finally {
    await controlPlane.close();
    await servers.close();
  }
}

/** Many endpoints, and many services. */
export async function sizeScenarios(stage: Stage): Promise<void> {
  await many(stage);
  await wide(stage);
}
