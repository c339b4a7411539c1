import { setTimeout as pause } from 'node:timers/promises';
import { waitFor } from '#commands/wait.js';
import { NAMESPACE } from '../../peers/cluster.js';
import { startProgram } from '../../peers/program.js';
import { firstAnswers, type Team, takeAll, type XdsCall } from '../caller.js';
import { judgeReturn } from '../judge.js';
import { callsDuring, openTeam, type Scenario, type Stage, withTeam } from '../scene.js';
import { addresses, hostsManifest } from './hosts.js';
import { START_MS } from './pods.js';
import { type Relay, startRelay } from './relay.js';

const AWAY: Scenario = {
  id: 'away',
  title: 'control plane away for 40 s, an endpoint comes meanwhile',
  about:
    'SIGKILL; connections are refused, so that clients wait the longer the more of their tries fail. Calls go on; when it is back the new endpoint is called. The time is from its return.',
};
const SERVICE = 'lasting';
const AWAY_MS = 40_000;
/** gRPC waits two minutes at most between two tries, and some jitter: nobody is later than that. */
const BACK_MS = 150_000;
/** It runs beside others. */
const RATE = 20;

/** Lets the control plane be away, and waits until every client has called the new endpoint or it is too late for that. */
async function outage(
  { stage, team, relay }: { readonly stage: Stage; readonly team: Team; readonly relay: Relay },
  hosts: readonly string[],
): Promise<{ readonly calls: ReadonlyMap<string, readonly XdsCall[]>; readonly backMs: number }> {
  const { cluster, context } = stage;
  const { signal } = context;
  const calls = new Map<string, XdsCall[]>([...team.keys()].map((name) => [name, []]));
  const keep = (taken: ReadonlyMap<string, readonly XdsCall[]>): void => {
    for (const [name, more] of taken) calls.get(name)?.push(...more);
  };
  takeAll(team);
  const backMs = await relay.outage(async () => {
    await cluster.sandbox.apply(hostsManifest(SERVICE, hosts));
    await pause(AWAY_MS, undefined, { signal });
  });
  const all = (): boolean => {
    keep(takeAll(team));
    return [...calls.values()].every((each) => each.some(({ pod }) => pod === hosts.at(-1)));
  };
  await waitFor('every client calls the new endpoint', all, { timeoutMs: BACK_MS, signal }).catch(() => {});
  keep((await callsDuring(team, 0, context)).calls);
  return { calls, backMs };
}

/** The control plane is away for so long that clients have slowed down in looking for it. */
export async function awayScenario(stage: Stage): Promise<void> {
  const { clients, cluster, context, folder, servers } = stage;
  const hosts = addresses(stage, 211, 3);
  const crowd = await startProgram({ argv: [servers, 'crowd', ...hosts] });
  const relay = await startRelay(cluster.kubeconfig);
  try {
    await cluster.sandbox.apply(hostsManifest(SERVICE, hosts.slice(0, 2)));
    await relay.addReplica();
    const services = [`${SERVICE}.${NAMESPACE}:8088`];
    await withTeam(openTeam(clients, { server: relay.port, services, folder, rate: RATE }), async (team) => {
      await firstAnswers(team, { timeoutMs: START_MS, signal: context.signal });
      const { calls, backMs } = await outage({ stage, team, relay }, hosts);
      for (const [name, all] of calls) stage.found(AWAY, name, judgeReturn(all, hosts, backMs));
    });
  } finally {
    await relay.close();
    await crowd.close();
  }
}
