import { setTimeout as pause } from 'node:timers/promises';
import { scaleTo } from '../../peers/events.js';
import type { Happening } from '../../peers/happening.js';
import { epochMs } from '../../peers/observer.js';
import { firstAnswers, type Team, takeAll } from '../caller.js';
import { type Front, startFront } from '../front.js';
import { judgeChange, judgeStart } from '../judge.js';
import { callsDuring, happen, openTeam, type Scenario, type Stage, withTeam } from '../scene.js';
import { type ControlPlaneProcess, startControlPlane } from '../server.js';
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
const DRAINED: Scenario = {
  id: 'drained',
  title: 'control plane ends as it should, another takes over',
  about:
    'It takes no further clients and ends its streams within 2 s; they find the other replica behind the address. Then a scale-up.',
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

/** A team, and the replicas behind the address that it knows. */
interface Relay {
  readonly stage: Stage;
  readonly team: Team;
  readonly front: Front;
  /** The last one is in use. */
  readonly replicas: ControlPlaneProcess[];
}

/** Starts a replica, to which new connections go. */
async function addReplica({ cluster }: Stage, front: Front): Promise<ControlPlaneProcess> {
  const replica = await startControlPlane('serve', cluster.kubeconfig);
  front.forwardTo(replica.port);
  return replica;
}

/** One more pod than there are. */
async function addPod({ cluster, observer, context }: Stage): Promise<void> {
  await scaleTo({ cluster, observer, signal: context.signal }, observer.ready().size + 1);
}

async function killed({ stage, team, front, replicas }: Relay): Promise<void> {
  let backMs = 0;
  const outage = async (): Promise<void> => {
    await replicas.at(-1)?.kill();
    await front.stop();
    await addPod(stage);
    await pause(AWAY_MS, undefined, { signal: stage.context.signal });
    replicas.push(await addReplica(stage, front));
    await front.start();
    backMs = epochMs();
  };
  const { calls, happening } = await happen(stage, team, outage, BACK_MS);
  const known = knownFrom(happening, backMs);
  for (const [name, all] of calls) stage.found(KILLED, name, judgeChange(all, known));
}

async function replaced(
  { stage, team, front, replicas }: Relay,
  scenario: Scenario,
  end: 'kill' | 'close',
): Promise<void> {
  const before = replicas.at(-1);
  replicas.push(await addReplica(stage, front));
  const { calls, happening } = await happen(stage, team, async () => {
    await before?.[end]();
    await addPod(stage);
  });
  for (const [name, all] of calls) stage.found(scenario, name, judgeChange(all, happening));
}

async function replicas(stage: Stage, front: Front): Promise<void> {
  const { context, clients, folder } = stage;
  const started = [await addReplica(stage, front)];
  try {
    await withTeam(openTeam(clients, { server: front.port, services: [ECHO], folder }), async (team) => {
      await firstAnswers(team, { timeoutMs: START_MS, signal: context.signal });
      const relay: Relay = { stage, team, front, replicas: started };
      await killed(relay);
      await replaced(relay, REPLACED, 'kill');
      await replaced(relay, DRAINED, 'close');
    });
  } finally {
    for (const each of started) await each.close();
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
    await replicas(stage, front);
    await absent(stage, front);
  } finally {
    await front.stop();
  }
}
