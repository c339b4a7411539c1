import { setTimeout as pause } from 'node:timers/promises';
import { waitFor } from '#commands/wait.js';
import { replace, scaleTo } from '../../peers/events.js';
import { epochMs } from '../../peers/observer.js';
import { firstAnswers, type Team, takeAll } from '../caller.js';
import { nodeIdOf } from '../clients.js';
import { judgeChange, judgeSpread, judgeStart, judgeZero } from '../judge.js';
import { callsDuring, happen, openTeam, RATE, type Scenario, type Stage, withTeam } from '../scene.js';
import { type ControlPlaneProcess, startControlPlane } from '../server.js';

/** The Service whose pods come and go, as clients dial it. */
export const ECHO = 'echo.peers:8088';

/** A JVM on a busy machine takes its time (ms). */
export const START_MS = 60_000;
const SPREAD_MS = 10_000;
const IDLE_MS = 2_000;
const FROZEN_MS = 8_000;

const START: Scenario = {
  id: 'start',
  title: 'start',
  about: 'A new process dials the Service: milliseconds from its start to its first answer.',
};
const SPREAD: Scenario = {
  id: 'spread',
  title: 'even spread over 4 pods',
  about:
    'Nothing changes for 10 s: each pod gets its share of the calls. Pods are in two zones, between which gRPC draws at random.',
};
const CHANGES = {
  up: {
    id: 'up',
    title: 'scale up, 4 → 6 pods',
    about:
      'The Deployment is scaled; every new pod is called. The time is from ready in the EndpointSlice to the first answer.',
  },
  restart: {
    id: 'restart',
    title: 'rolling restart of 6 pods',
    about:
      'All pods are replaced, one more than wanted at a time, with a readiness probe and a preStop wait of 5 s.',
  },
  down: { id: 'down', title: 'scale down, 6 → 2 pods', about: 'The Deployment is scaled; pods drain.' },
} satisfies Record<string, Scenario>;
const ZERO: Scenario = {
  id: 'zero',
  title: 'to zero and back',
  about:
    'The Deployment is scaled to 0 for 10 s and to 3: calls fail at once meanwhile, and are answered when there are pods.',
};
const IDLE: Scenario = {
  id: 'idle',
  title: 'idle and back',
  about:
    'No calls for longer than the idle timeout (2 s), in which all pods are replaced; then calls again. Envoy and tonic-xds know no such timeout and stay connected.',
};
const SLOW: Scenario = {
  id: 'slow',
  title: 'a client that does not read',
  about:
    'The process is stopped (SIGSTOP) while the Service is scaled up and down twice, then goes on: it calls the pods that there are.',
};

/** A team on the Service, and the control plane that feeds it. */
interface Show extends Stage {
  readonly team: Team;
  readonly controlPlane: ControlPlaneProcess;
}

async function start(stage: Stage, team: Team): Promise<void> {
  const { signal } = stage.context;
  const first = await firstAnswers(team, { timeoutMs: START_MS, signal });
  for (const [name, { startedMs }] of team) {
    const atMs = first.get(name);
    const got = atMs === undefined ? 'never' : `after ${Math.round(atMs - startedMs)} ms`;
    stage.found(START, name, { holds: atMs !== undefined, expected: 'an answer', got });
  }
}

async function spread(show: Show): Promise<void> {
  const { team, context, observer } = show;
  takeAll(team);
  const fromMs = epochMs();
  await pause(SPREAD_MS, undefined, { signal: context.signal });
  const { calls } = await callsDuring(team, fromMs, context);
  for (const [name, all] of calls) show.found(SPREAD, name, judgeSpread(all, [...observer.ready()]));
}

async function change(show: Show, scenario: Scenario, cause: () => Promise<void>): Promise<void> {
  const { calls, happening } = await happen(show, show.team, cause);
  for (const [name, all] of calls) show.found(scenario, name, judgeChange(all, happening));
}

async function zero(show: Show): Promise<void> {
  const stage = { ...show, signal: show.context.signal };
  const { calls, happening } = await happen(show, show.team, async () => {
    await scaleTo(stage, 0);
    await pause(10_000, undefined, { signal: stage.signal });
    await scaleTo(stage, 3);
  });
  for (const [name, all] of calls) show.found(ZERO, name, judgeZero(all, happening));
}

async function slow(show: Show): Promise<void> {
  const stage = { ...show, signal: show.context.signal };
  for (const caller of show.team.values()) caller.freeze();
  try {
    for (const pods of [5, 2, 4]) await scaleTo(stage, pods);
    await pause(FROZEN_MS, undefined, { signal: stage.signal });
  } finally {
    for (const caller of show.team.values()) caller.thaw();
  }
  await pause(3_000, undefined, { signal: stage.signal });
  await change(show, SLOW, () => Promise.resolve());
}

async function idle(stage: Stage): Promise<void> {
  const { context, clients, folder } = stage;
  const { signal } = context;
  const controlPlane = await startControlPlane('serve', stage.cluster.kubeconfig);
  const task = { server: controlPlane.port, services: [ECHO], idleMs: IDLE_MS, folder };
  try {
    await withTeam(openTeam(clients, task), async (team) => {
      await firstAnswers(team, { timeoutMs: START_MS, signal });
      for (const caller of team.values()) caller.setRate(0);
      const sleepers = new Set(
        clients.filter(({ neverIdle }) => neverIdle !== true).map(({ name }) => nodeIdOf(name)),
      );
      let awake: string[] = [];
      const gone = async (): Promise<boolean> => {
        awake = (await controlPlane.ask()).clients.map(({ id }) => id).filter((id) => sleepers.has(id));
        return awake.length === 0;
      };
      // Whether a client closes its stream when it is idle is its own affair.
      await waitFor('every client is idle', gone, { timeoutMs: 20_000, signal }).catch(() => {});
      await replace({ ...stage, signal }, () => stage.cluster.restart());
      if (awake.length > 0) context.log(`kept their stream while they were idle: ${awake.join(', ')}`);
      takeAll(team);
      const fromMs = epochMs();
      for (const caller of team.values()) caller.setRate(RATE);
      await pause(4_000, undefined, { signal });
      const { calls } = await callsDuring(team, fromMs, context);
      for (const [name, all] of calls) stage.found(IDLE, name, judgeStart(all, fromMs, 2_000));
    });
  } finally {
    await controlPlane.close();
  }
}

const REFUSALS: Scenario = {
  id: 'refusals',
  title: 'refuses nothing',
  about: 'After all of the above no client has refused (NACK) a resource.',
};

/** Who has a stream open says what they refuse. */
async function refusals({ team, controlPlane, found }: Show): Promise<void> {
  const { clients } = await controlPlane.ask();
  for (const name of team.keys()) {
    const seen = clients.filter(({ id }) => id === nodeIdOf(name));
    const texts = seen.flatMap((client) => client.refusals);
    found(REFUSALS, name, {
      holds: seen.length > 0 && texts.length === 0,
      expected: 'connected, refuses nothing',
      got: seen.length === 0 ? 'not connected' : (texts[0] ?? 'connected, refuses nothing'),
    });
  }
}

/** What happens to pods, to one team of all clients. */
export async function podScenarios(stage: Stage): Promise<void> {
  const { context, clients, cluster, folder, observer } = stage;
  const events = { cluster, observer, signal: context.signal };
  const controlPlane = await startControlPlane('serve', cluster.kubeconfig);
  try {
    await withTeam(
      openTeam(clients, { server: controlPlane.port, services: [ECHO], folder }),
      async (team) => {
        stage.introduce(team);
        const show: Show = { ...stage, team, controlPlane };
        await start(stage, team);
        await spread(show);
        await change(show, CHANGES.up, () => scaleTo(events, 6));
        await change(show, CHANGES.restart, () => replace(events, () => cluster.restart()));
        await change(show, CHANGES.down, () => scaleTo(events, 2));
        await zero(show);
        await slow(show);
        await refusals(show);
      },
    );
  } finally {
    await controlPlane.close();
  }
  await idle(stage);
}
