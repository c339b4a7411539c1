import { setTimeout as pause } from 'node:timers/promises';
import { scaleTo } from '../../peers/events.js';
import { firstAnswers, type Team, takeAll } from '../caller.js';
import { judgeChange, judgeStart } from '../judge.js';
import { callsDuring, happen, openTeam, type Scenario, type Stage, withTeam } from '../scene.js';
import { ECHO, START_MS } from './pods.js';
import { knownFrom, type Relay, startRelay } from './relay.js';

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

/** A team, and the control planes behind the address that it knows. */
interface Play {
  readonly stage: Stage;
  readonly team: Team;
  readonly relay: Relay;
}

/** One more pod than there are. */
async function addPod({ cluster, observer, context }: Stage): Promise<void> {
  await scaleTo({ cluster, observer, signal: context.signal }, observer.ready().size + 1);
}

/** The control plane is killed and away, and a pod comes meanwhile. */
export async function killed({ stage, team, relay }: Play, scenario: Scenario): Promise<void> {
  let backMs = 0;
  const { signal } = stage.context;
  const outage = async (): Promise<void> => {
    backMs = await relay.outage(async () => {
      await addPod(stage);
      await pause(AWAY_MS, undefined, { signal });
    });
  };
  const { calls, happening } = await happen(stage, team, outage, BACK_MS);
  const known = knownFrom(happening, backMs);
  for (const [name, all] of calls) stage.found(scenario, name, judgeChange(all, known));
}

async function replaced(
  { stage, team, relay }: Play,
  scenario: Scenario,
  end: 'kill' | 'close',
): Promise<void> {
  const before = relay.current();
  await relay.addReplica();
  const { calls, happening } = await happen(stage, team, async () => {
    await before?.[end]();
    await addPod(stage);
  });
  for (const [name, all] of calls) stage.found(scenario, name, judgeChange(all, happening));
}

async function replicas(stage: Stage, relay: Relay): Promise<void> {
  const { context, clients, folder } = stage;
  await relay.addReplica();
  await withTeam(openTeam(clients, { server: relay.port, services: [ECHO], folder }), async (team) => {
    await firstAnswers(team, { timeoutMs: START_MS, signal: context.signal });
    const play: Play = { stage, team, relay };
    await killed(play, KILLED);
    await replaced(play, REPLACED, 'kill');
    await replaced(play, DRAINED, 'close');
  });
}

async function absent(stage: Stage, relay: Relay): Promise<void> {
  const { context, clients, folder } = stage;
  const { signal } = context;
  await relay.stop();
  const teams = openTeam(clients, { server: relay.port, services: [ECHO], folder });
  await withTeam(teams, async (team) => {
    await pause(AWAY_MS, undefined, { signal });
    takeAll(team);
    const fromMs = await relay.start();
    await pause(BACK_MS, undefined, { signal });
    const { calls } = await callsDuring(team, fromMs, context);
    for (const [name, all] of calls) stage.found(ABSENT, name, judgeStart(all, fromMs, BACK_MS));
  });
}

/** What happens to the control plane, while pods come. */
export async function controlPlaneScenarios(stage: Stage): Promise<void> {
  const relay = await startRelay(stage.cluster.kubeconfig);
  try {
    await replicas(stage, relay);
    await absent(stage, relay);
  } finally {
    await relay.close();
  }
}
