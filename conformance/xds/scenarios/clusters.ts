import { setTimeout as pause } from 'node:timers/promises';
import { NAMESPACE } from '../../peers/cluster.js';
import { scaleTo } from '../../peers/events.js';
import { epochMs } from '../../peers/observer.js';
import { startProgram } from '../../peers/program.js';
import { firstAnswers, type Team, takeAll } from '../caller.js';
import { judgeChange, judgeStart } from '../judge.js';
import { callsDuring, happen, openTeam, type Scenario, type Stage, withTeam } from '../scene.js';
import { killed } from './control-plane.js';
import { addresses, hostsManifest } from './hosts.js';
import { ECHO, START_MS } from './pods.js';
import { startRelay } from './relay.js';

const LATER_SERVICE = 'later';
const LATER = `${LATER_SERVICE}.${NAMESPACE}:8088`;

const about = 'Envoy has its clusters by wildcard, as `--publish` says.';
const START: Scenario = {
  id: 'clusters-start',
  title: 'clusters from the control plane: start',
  about: `${about} It has none by itself, and calls name theirs by their authority: answered, none fails.`,
};
const UP: Scenario = {
  id: 'clusters-up',
  title: 'clusters from the control plane: scale up, 4 → 6 pods',
  about: `${about} The Deployment is scaled; every new pod is called.`,
};
const DOWN: Scenario = {
  id: 'clusters-down',
  title: 'clusters from the control plane: scale down, 6 → 3 pods',
  about: `${about} The Deployment is scaled; pods drain.`,
};
const KILLED: Scenario = {
  id: 'clusters-killed',
  title: 'clusters from the control plane: killed for 5 s, scale-up meanwhile',
  about: `${about} SIGKILL; connections are refused. Calls go on; when it is back the new pod is called.`,
};
const MADE: Scenario = {
  id: 'clusters-made',
  title: 'clusters from the control plane: a published Service is made later',
  about: `${about} One of the names means no Service at first, which keeps none of the others away; then it is made, and called.`,
};

/** What Envoy takes over within, on a busy machine (ms). */
const SOON_MS = 5_000;

/** Calls fail while there is no cluster. */
async function made(stage: Stage, team: Team, hosts: readonly string[]): Promise<void> {
  const { cluster, context } = stage;
  takeAll(team);
  const fromMs = epochMs();
  await cluster.sandbox.apply(hostsManifest(LATER_SERVICE, hosts));
  await pause(SOON_MS, undefined, { signal: context.signal });
  const { calls } = await callsDuring(team, fromMs, context);
  for (const [name, all] of calls) stage.found(MADE, name, judgeStart(all, fromMs, SOON_MS));
}

async function ofPods(stage: Stage, team: Team): Promise<void> {
  const { cluster, observer, context } = stage;
  const { signal } = context;
  const events = { cluster, observer, signal };
  const first = await firstAnswers(team, { timeoutMs: START_MS, signal });
  const startMs = epochMs();
  await pause(2_000, undefined, { signal });
  const { calls } = await callsDuring(team, startMs, context);
  for (const [name, { startedMs }] of team) {
    const failed = (calls.get(name) ?? []).filter(({ code }) => code !== 0).length;
    const atMs = first.get(name);
    const got =
      atMs === undefined ? 'never' : `after ${Math.round(atMs - startedMs)} ms, then ${failed} failed`;
    const holds = atMs !== undefined && failed === 0;
    stage.found(START, name, { holds, expected: 'an answer, then 0 failed', got });
  }
  for (const [scenario, pods] of [
    [UP, 6],
    [DOWN, 3],
  ] as const) {
    const change = await happen(stage, team, () => scaleTo(events, pods));
    for (const [name, all] of change.calls) stage.found(scenario, name, judgeChange(all, change.happening));
  }
}

/** What becomes of clusters that proxies have by wildcard. */
export async function clusterScenarios(stage: Stage): Promise<void> {
  const { clients, cluster, observer, context, folder, servers } = stage;
  const proxies = clients.filter(({ proxy }) => proxy === true);
  if (proxies.length === 0) return;
  const hosts = addresses(stage, 212, 2);
  const crowd = await startProgram({ argv: [servers, 'crowd', ...hosts] });
  const relay = await startRelay(cluster.kubeconfig, [ECHO, LATER]);
  const task = { server: relay.port, folder, published: true };
  try {
    await scaleTo({ cluster, observer, signal: context.signal }, 4);
    await relay.addReplica();
    await withTeam(openTeam(proxies, { ...task, services: [ECHO] }), async (team) => {
      await ofPods(stage, team);
      await killed({ stage, team, relay }, KILLED);
    });
    await withTeam(openTeam(proxies, { ...task, services: [LATER] }), (team) => made(stage, team, hosts));
  } finally {
    await relay.close();
    await crowd.close();
  }
}
