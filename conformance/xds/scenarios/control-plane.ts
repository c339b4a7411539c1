import { setTimeout as pause } from 'node:timers/promises';
import { scaleTo } from '../../peers/events.js';
import type { Happening } from '../../peers/happening.js';
import { epochMs } from '../../peers/observer.js';
import { firstAnswers, takeAll } from '../caller.js';
import { type Front, startFront } from '../front.js';
import { judgeChange, judgeStart } from '../judge.js';
import { callsDuring, happen, openTeam, type Scenario, type Stage, withTeam } from '../scene.js';
import { startControlPlane } from '../server.js';
import { ECHO, START_MS } from './pods.js';

const KILLED: Scenario = {
  id: 'killed',
  title: 'control plane killed for 5 s, scale-up meanwhile',
  about:
    'SIGKILL; connections are refused. Calls go on; when it is back the new pod is called. The time is from its return.',
};
const REPLACED: Scenario = {
  id: 'replaced',
  title: 'control plane killed, a second replica takes over',
  about: 'Two replicas behind one address; SIGKILL to the one in use, then a scale-up.',
};
const ABSENT: Scenario = {
  id: 'absent',
  title: 'control plane absent at start',
  about: 'Clients start 5 s before the control plane does; the time is from its start to their first answer.',
};

const AWAY_MS = 5_000;
/** Clients wait between two tries, the longer the more have failed. */
const BACK_MS = 25_000;

/** Nobody could know of new pods before. */
function knownFrom(happening: Happening, fromMs: number): Happening {
  const arrived = [...happening.arrived].map(([pod, atMs]) => [pod, Math.max(atMs, fromMs)] as const);
  return { ...happening, arrived: new Map(arrived) };
}

async function killed(stage: Stage, front: Front): Promise<void> {
  const { context, clients, cluster, folder, observer } = stage;
  const { signal } = context;
  const events = { cluster, observer, signal };
  let replica = await startControlPlane('serve', cluster.kubeconfig);
  front.forwardTo(replica.port);
  const others: { close(): Promise<void> }[] = [];
  try {
    await withTeam(openTeam(clients, { server: front.port, services: [ECHO], folder }), async (team) => {
      await firstAnswers(team, { timeoutMs: START_MS, signal });
      const before = observer.ready().size;
      let backMs = 0;
      const outage = await happen(
        stage,
        team,
        async () => {
          await replica.kill();
          await front.stop();
          await scaleTo(events, before + 1);
          await pause(AWAY_MS, undefined, { signal });
          replica = await startControlPlane('serve', cluster.kubeconfig);
          others.push(replica);
          front.forwardTo(replica.port);
          await front.start();
          backMs = epochMs();
        },
        BACK_MS,
      );
      const happening = knownFrom(outage.happening, backMs);
      for (const [name, all] of outage.calls) stage.found(KILLED, name, judgeChange(all, happening));
      const second = await startControlPlane('serve', cluster.kubeconfig);
      others.push(second);
      const handover = await happen(stage, team, async () => {
        front.forwardTo(second.port);
        await replica.kill();
        await scaleTo(events, before + 2);
      });
      for (const [name, all] of handover.calls)
        stage.found(REPLACED, name, judgeChange(all, handover.happening));
    });
  } finally {
    await replica.close();
    for (const each of others) await each.close();
  }
}

async function absent(stage: Stage, front: Front): Promise<void> {
  const { context, clients, cluster, folder } = stage;
  const { signal } = context;
  await front.stop();
  const teams = openTeam(clients, { server: front.port, services: [ECHO], folder });
  await withTeam(teams, async (team) => {
    await pause(AWAY_MS, undefined, { signal });
    takeAll(team);
    const controlPlane = await startControlPlane('serve', cluster.kubeconfig);
    try {
      front.forwardTo(controlPlane.port);
      await front.start();
      const fromMs = epochMs();
      await pause(BACK_MS, undefined, { signal });
      const { calls } = await callsDuring(team, fromMs, context);
      for (const [name, all] of calls) stage.found(ABSENT, name, judgeStart(all, fromMs, BACK_MS));
    } finally {
      await controlPlane.close();
    }
  });
}

/** What happens to the control plane, while pods come. */
export async function controlPlaneScenarios(stage: Stage): Promise<void> {
  const front = await startFront();
  try {
    await killed(stage, front);
    await absent(stage, front);
  } finally {
    await front.stop();
  }
}
