import { setTimeout as pause } from 'node:timers/promises';
import { waitFor } from '#commands/wait.js';
import { epochMs } from '../../peers/observer.js';
import { type Program, startProgram } from '../../peers/program.js';
import { type Team, takeAll } from '../caller.js';
import { judgeOnly } from '../judge.js';
import { callsDuring, type Scenario } from '../scene.js';
import { locality, type Play, publish } from './play.js';
import { START_MS } from './pods.js';

const PRIORITY: Scenario = {
  id: 'priority',
  title: 'priority failover and back',
  about:
    'The servers of priority 0 end without a word and come back: calls go to priority 1 meanwhile, and return. Calls in flight at the end of a server may fail. Envoy has a health check and retries of its own for it.',
};
/** In flight at the moment in which a server ends; a priority is left when its last connection has gone. */
const MAY_FAIL = 4;
/** Connections are tried again after a second or two, the longer the more have failed (ms). */
const RETURN_MS = 15_000;

/** Whether every client has called one of these since this was made. */
function usedBy(team: Team, pods: readonly string[]): () => boolean {
  const reached = new Set<string>();
  return () => {
    for (const [name, calls] of takeAll(team))
      if (calls.some(({ pod }) => pods.includes(pod))) reached.add(name);
    return reached.size === team.size;
  };
}

/** Servers of the first priority end and come back. */
export async function priority({ stage, team, script }: Play, hosts: readonly string[]): Promise<void> {
  const { context, servers } = stage;
  const { signal } = context;
  const [one = '', two = '', three = ''] = hosts;
  const crowd = (...addresses: string[]): Promise<Program> =>
    startProgram({ argv: [servers, 'crowd', ...addresses] });
  let primary = await crowd(one, two);
  const secondary = await crowd(three);
  try {
    await publish(script, [locality('a', 0, [one, two]), locality('b', 1, [three])]);
    await waitFor('all clients call priority 0', usedBy(team, [one, two]), {
      timeoutMs: START_MS,
      signal,
    }).catch(() => {});
    await pause(1_000, undefined, { signal });
    takeAll(team);
    const endMs = epochMs();
    await primary.close();
    await pause(5_000, undefined, { signal });
    const away = await callsDuring(team, endMs, context);
    primary = await crowd(one, two);
    await pause(RETURN_MS, undefined, { signal });
    takeAll(team);
    const backMs = epochMs();
    await pause(2_000, undefined, { signal });
    const back = await callsDuring(team, backMs, context);
    for (const name of team.keys()) {
      const calls = away.calls.get(name) ?? [];
      const failed = calls.filter(({ code }) => code !== 0).length;
      const used = calls.filter(({ pod }) => pod === three).length;
      const home = judgeOnly(back.calls.get(name) ?? [], [one, two]);
      stage.found(PRIORITY, name, {
        holds: failed <= MAY_FAIL && used > 0 && home.holds,
        expected: `at most ${MAY_FAIL} failed, priority 1 used, then priority 0`,
        got: `${failed} failed of ${calls.length}, ${used} to priority 1; back: ${home.got}`,
      });
    }
  } finally {
    await primary.close();
    await secondary.close();
  }
}
