import type { Claim, Omission } from '../claim.js';
import { NAMESPACE } from '../names.js';
import type { Stage, Step } from '../stage.js';
import { pause, until } from '../until.js';

const RATE = 500;
/** Calls go on for so long after the kill was noticed. */
const AFTER_MS = 2_000;

/** Kills the first pod; resolves with its address when its removal was read. */
async function killOne(
  { endpoints }: Stage,
  kill: (namespace: string, pod: string) => Promise<void>,
): Promise<string> {
  const [victim] = endpoints.usable;
  if (!victim?.pod) throw new Error('no ready pod to kill');
  await kill(NAMESPACE, victim.pod);
  const gone = (): boolean => endpoints.goneSince(victim.key) !== undefined;
  await until(`the removal of ${victim.key} is read`, gone);
  await pause(AFTER_MS);
  return victim.key;
}

/** What a SIGKILL costs: the calls that were on their way to that pod, and none with a retry policy. */
export const podKilled: Step = {
  id: 'pod-killed',
  title: `6. One pod killed with SIGKILL, under ${RATE} calls/s`,
  async run(stage): Promise<Claim | Omission> {
    const { clients, endpoints, faults, screen } = stage;
    const kill = faults?.killPod?.bind(faults);
    if (!kill) return { id: podKilled.id, why: 'this cluster cannot kill a pod’s process; the sandbox can' };
    const traffic = [clients.fairlead, clients.retrying];
    for (const client of traffic) {
      client.reset();
      client.start(RATE);
    }
    await pause(500);
    const address = await screen.traffic(traffic, killOne(stage, kill));
    await Promise.all(traffic.map((client) => client.pause()));
    const { failures, calls } = clients.fairlead.count;
    const removedMs = endpoints.goneSince(address) ?? 0;
    const explained = failures.filter(({ peer, startedMs }) => peer === address && startedMs <= removedMs);
    const retried = clients.retrying.count;
    return {
      id: podKilled.id,
      text: 'each call that failed was picked to the killed pod before its removal was read; with a retry policy 0 fail',
      holds:
        calls > 0 &&
        explained.length === failures.length &&
        retried.calls > 0 &&
        retried.failures.length === 0,
      figures: {
        calls,
        failed: failures.length,
        onKilledPod: explained.length,
        callsWithRetry: retried.calls,
        failedWithRetry: retried.failures.length,
      },
    };
  },
};
