import { setTimeout as pause } from 'node:timers/promises';
import { waitFor } from '#commands/wait.js';
import { epochMs } from '../../peers/observer.js';
import { startProgram } from '../../peers/program.js';
import { firstAnswers, takeAll, type XdsCall } from '../caller.js';
import { nodeIdOf } from '../clients.js';
import { judgeOnly } from '../judge.js';
import { callsDuring, openTeam, type Scenario, type Stage, withTeam } from '../scene.js';
import { type SeenClient, startControlPlane } from '../server.js';
import { priority } from './failover.js';
import { addresses } from './hosts.js';
import { type Locality, locality, nameOf, type Play, publish } from './play.js';
import { START_MS } from './pods.js';

const BAD: Scenario = {
  id: 'bad',
  title: 'a resource that no client takes',
  about:
    'Past the validator, endpoints are sent that leave out a priority (to Envoy: with a host name as address). The client refuses them in its own words, goes on with those before, and takes the next good ones.',
};
const ZONE: Scenario = {
  id: 'zone',
  title: 'a zone leaves',
  about:
    'Of two zones of the same priority one vanishes from the endpoints: all calls go to the other, none fails.',
};

const EMPTY: Scenario = {
  id: 'empty',
  title: 'no endpoints, said plainly',
  about:
    'Past what the control plane does for such clients, an assignment without localities is sent: calls fail at once. Then there is an endpoint again.',
};
const HOST: Scenario = {
  id: 'host',
  title: 'a host name as an address',
  about:
    'Past the validator, one of two endpoints is a host name: the client refuses that, and goes on with what it had.',
};

const SETTLE_MS = 15_000;

const refusalsOf = (clients: readonly SeenClient[], name: string): readonly string[] =>
  clients.filter(({ id }) => id === nodeIdOf(name)).flatMap(({ refusals }) => refusals);

async function bad({ stage, team, script }: Play, hosts: readonly string[]): Promise<void> {
  const { context } = stage;
  const { signal } = context;
  const [one = '', two = '', three = ''] = hosts;
  await publish(script, [locality('a', 0, [one, two])]);
  await firstAnswers(team, { timeoutMs: START_MS, signal });
  await pause(1_000, undefined, { signal });
  takeAll(team);
  const fromMs = epochMs();
  const gap = [locality('a', 0, [one]), locality('b', 2, [two])];
  await publish(script, gap, [locality('a', 0, [one, 'not.an.address'])]);
  let seen: readonly SeenClient[] = [];
  const judged = stage.clients.filter(({ informative }) => informative !== true).map(({ name }) => name);
  const all = async (): Promise<boolean> => {
    seen = (await script.ask()).clients;
    return judged.every((name) => refusalsOf(seen, name).length > 0);
  };
  await waitFor('every judged client refuses it', all, { timeoutMs: SETTLE_MS, signal }).catch(() => {});
  await pause(2_000, undefined, { signal });
  const { calls } = await callsDuring(team, fromMs, context);
  await publish(script, [locality('a', 0, [three])]);
  await pause(3_000, undefined, { signal });
  takeAll(team);
  const laterMs = epochMs();
  await pause(2_000, undefined, { signal });
  const after = await callsDuring(team, laterMs, context);
  for (const name of team.keys()) {
    const [text] = refusalsOf(seen, name);
    const kept = judgeOnly(calls.get(name) ?? [], [one, two]);
    const next = judgeOnly(after.calls.get(name) ?? [], [three]);
    stage.found(BAD, name, {
      holds: text !== undefined && kept.holds && next.holds,
      expected: 'refused, 0 failed, then the next good ones',
      got: `${text === undefined ? 'not refused' : `“${text.slice(0, 200)}”`}; ${kept.got}; then ${next.got}`,
    });
  }
}

/** What a team does with an assignment, from a second after it until the next. */
async function under(
  { stage, team, script }: Play,
  localities: readonly Locality[],
): Promise<Map<string, XdsCall[]>> {
  const { signal } = stage.context;
  await publish(script, localities);
  await pause(1_500, undefined, { signal });
  takeAll(team);
  const fromMs = epochMs();
  await pause(2_000, undefined, { signal });
  return (await callsDuring(team, fromMs, stage.context)).calls;
}

async function empty(play: Play, hosts: readonly string[]): Promise<void> {
  const [one = '', two = ''] = hosts;
  await under(play, [locality('a', 0, [one])]);
  const without = await under(play, []);
  const again = await under(play, [locality('a', 0, [two])]);
  for (const name of play.team.keys()) {
    const calls = without.get(name) ?? [];
    const answered = calls.filter(({ code }) => code === 0).length;
    const back = judgeOnly(again.get(name) ?? [], [two]);
    play.stage.found(EMPTY, name, {
      holds: calls.length > 0 && answered === 0 && back.holds,
      expected: 'no call is answered, then all are',
      got: `${answered === 0 ? 'no call is answered' : `the old endpoint answers ${answered} of ${calls.length}`}, then ${back.got}`,
    });
  }
}

async function hostName(play: Play, hosts: readonly string[]): Promise<void> {
  const [one = '', two = ''] = hosts;
  await under(play, [locality('a', 0, [one])]);
  const odd = await under(play, [locality('a', 0, [two, 'not.an.address'])]);
  const { clients } = await play.script.ask();
  for (const name of play.team.keys()) {
    const [text] = refusalsOf(clients, name);
    const kept = judgeOnly(odd.get(name) ?? [], [one]);
    play.stage.found(HOST, name, {
      holds: text !== undefined && kept.holds,
      expected: 'refused, 0 failed',
      got: `${text === undefined ? 'accepted' : `“${text.slice(0, 200)}”`}; ${kept.got}`,
    });
  }
}

async function zone({ stage, team, script }: Play, hosts: readonly string[]): Promise<void> {
  const { context } = stage;
  const { signal } = context;
  const [one = '', two = '', three = ''] = hosts;
  await publish(script, [locality('a', 0, [one, two]), locality('b', 0, [three])]);
  await pause(3_000, undefined, { signal });
  takeAll(team);
  const fromMs = epochMs();
  await pause(2_000, undefined, { signal });
  const before = await callsDuring(team, fromMs, context);
  const leftMs = epochMs();
  await publish(script, [locality('b', 0, [three])]);
  await pause(3_000, undefined, { signal });
  const { calls } = await callsDuring(team, leftMs, context);
  for (const [name, all] of calls) {
    const both = judgeOnly(before.calls.get(name) ?? [], hosts);
    const failed = all.filter(({ code }) => code !== 0).length;
    const rest = judgeOnly(
      all.filter(({ startMs }) => startMs > leftMs + 2_000),
      [three],
    );
    stage.found(ZONE, name, {
      holds: both.holds && rest.holds && failed === 0,
      expected: '0 failed, all calls to the zone that stays',
      got: `before: ${both.got}; then: ${failed} failed, ${rest.got}`,
    });
  }
}

/** What endpoints can be, to clients whose control plane says what it is told to say. */
export async function scriptScenarios(stage: Stage): Promise<void> {
  const { clients, folder, servers } = stage;
  const all = addresses(stage, 210, 6);
  const [hosts, others] = [all.slice(0, 3), all.slice(3)];
  const script = await startControlPlane('script');
  const crowd = await startProgram({ argv: [servers, 'crowd', ...hosts] });
  try {
    const task = { server: script.port, services: [], folder };
    await withTeam(
      openTeam(clients, task, (client) => [nameOf(client)]),
      async (team) => {
        const play = { stage, team, script };
        await bad(play, hosts);
        await zone(play, hosts);
        await empty(play, hosts);
        await hostName(play, hosts);
      },
    );
    await withTeam(
      openTeam(clients, { ...task, looks: true }, (client) => [nameOf(client)]),
      (team) => priority({ stage, team, script }, others),
    );
  } finally {
    await crowd.close();
    await script.close();
  }
}
