import { setTimeout as pause } from 'node:timers/promises';
import { waitFor } from '#commands/wait.js';
import { CROWD } from '../../peers/cluster.js';
import { epochMs } from '../../peers/observer.js';
import { startProgram } from '../../peers/program.js';
import { firstAnswers, takeAll } from '../caller.js';
import type { Client } from '../clients.js';
import { judgeOnly } from '../judge.js';
import { callsDuring, openTeam, type Scenario, type Stage, withTeam } from '../scene.js';
import { startControlPlane } from '../server.js';
import { addresses, hostsManifest } from './hosts.js';
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
  about: `One process has ${SERVICES} channels to ${SERVICES} Services of ${SHARED} endpoints each (the same addresses); Envoy has as many clusters from the control plane. The time is from the start of the process until each channel was answered once; then 8 s of calls to all.`,
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

/** Time for each channel to be called a few times (ms). */
const CALLS_MS = 8_000;

/** Those that go through the Services together; their times are counted from the same moment. */
async function calledBy(stage: Stage, together: readonly Client[], server: number): Promise<void> {
  const { context, folder } = stage;
  const { signal } = context;
  const services = Array.from({ length: SERVICES }, (_, index) => `${wideName(index)}.peers:8088`);
  const startMs = epochMs();
  const task = { server, services, folder, rate: SERVICES, published: true };
  await withTeam(openTeam(together, task), async (team) => {
    const answered = new Map(together.map(({ name }) => [name, new Set<number>()]));
    const doneMs = new Map<string, number>();
    const all = (): boolean => {
      for (const [name, calls] of takeAll(team)) {
        for (const { code, target } of calls) if (code === 0) answered.get(name)?.add(target);
        if (answered.get(name)?.size === SERVICES && !doneMs.has(name)) doneMs.set(name, epochMs());
      }
      return doneMs.size === together.length;
    };
    await waitFor('every channel was answered', all, { timeoutMs: 2 * START_MS, signal }).catch(() => {});
    const fromMs = epochMs();
    await pause(CALLS_MS, undefined, { signal });
    const { calls } = await callsDuring(team, fromMs, context);
    for (const [name, later] of calls) {
      const channels = answered.get(name)?.size ?? 0;
      const failed = later.filter(({ code }) => code !== 0).length;
      const tookMs = (doneMs.get(name) ?? fromMs) - startMs;
      stage.found(WIDE, name, {
        holds: channels === SERVICES && failed === 0 && later.length > 0,
        expected: `${SERVICES} of ${SERVICES} channels, then 0 failed`,
        got: `${channels} of ${SERVICES} channels within ${(tookMs / 1000).toFixed(1)} s, then ${failed} failed of ${later.length}`,
      });
    }
  });
}

async function wide(stage: Stage): Promise<void> {
  const { clients, cluster } = stage;
  const hosts = addresses(stage, 201, SHARED);
  const names = Array.from({ length: SERVICES }, (_, index) => wideName(index));
  const servers = await startProgram({ argv: [stage.servers, 'crowd', ...hosts] });
  const published = names.map((name) => `${name}.peers:8088`);
  const controlPlane = await startControlPlane('serve', cluster.kubeconfig);
  const publisher = await startControlPlane('serve', cluster.kubeconfig, ...published);
  try {
    await cluster.sandbox.apply(names.map((name) => hostsManifest(name, hosts)).join(''));
    // One after the other: most of them open a connection for each endpoint of each channel.
    for (const client of clients.filter(({ neverIdle }) => neverIdle !== true))
      await calledBy(stage, [client], controlPlane.port);
    const lazy = clients.filter(({ neverIdle }) => neverIdle === true);
    if (lazy.length > 0) await calledBy(stage, lazy, publisher.port);
  } finally {
    await publisher.close();
    await controlPlane.close();
    await servers.close();
  }
}

/** Many endpoints, and many services. */
export async function sizeScenarios(stage: Stage): Promise<void> {
  await many(stage);
  await wide(stage);
}
