import type { Outcome } from '../claim.js';
import { NAMESPACE } from '../names.js';
import type { Stage, Step } from '../stage.js';
import { count, lost, took } from '../words.js';

const RATE = 500;
/** Calls go on for so long before the kill, and after it was noticed. */
const BEFORE_MS = 500;
const AFTER_MS = 2_000;

interface Killed {
  readonly address: string;
  readonly killedMs: number;
  /** When the removal was read. */
  readonly removedMs: number;
}

async function killOne(
  { endpoints, screen, waits }: Stage,
  kill: (namespace: string, pod: string) => Promise<void>,
): Promise<Killed> {
  screen.phase('calls go on');
  await waits.pause(BEFORE_MS);
  const [victim] = endpoints.usable;
  if (!victim?.pod) throw new Error('no ready pod to kill');
  screen.phase(`${victim.pod} is killed`);
  const killedMs = Date.now();
  await kill(NAMESPACE, victim.pod);
  const removedMs = (): number | undefined => {
    const ms = endpoints.goneSince(victim.key);
    return ms !== undefined && ms >= killedMs ? ms : undefined;
  };
  await waits.until(`the removal of ${victim.key} is read`, () => removedMs() !== undefined);
  const killed = { address: victim.key, killedMs, removedMs: removedMs()! };
  screen.phase('its removal was read, calls go on');
  await waits.pause(AFTER_MS);
  return killed;
}

/**
 * What a SIGKILL costs: the calls that were on their way to that pod, and with a retry policy at most those of them whose
 * answer had begun. gRFC A6: a call whose headers came is committed.
 */
export const podKilled: Step = {
  id: 'pod-killed',
  title: `One pod killed with SIGKILL, under ${RATE} calls/s`,
  async run(stage): Promise<Outcome> {
    const { clients, faults, screen } = stage;
    const kill = faults?.killPod?.bind(faults);
    if (!kill) return { id: podKilled.id, why: 'this cluster cannot kill a pod’s process; the sandbox can' };
    const traffic = [clients.fairlead, clients.retrying];
    for (const client of traffic) {
      client.reset();
      client.start(RATE);
    }
    const { address, killedMs, removedMs } = await screen.traffic(traffic, killOne(stage, kill));
    await Promise.all(traffic.map((client) => client.pause()));
    const { failures, calls } = clients.fairlead.count;
    const explained = failures.filter(({ peer, startedMs }) => peer === address && startedMs <= removedMs);
    const retried = clients.retrying.count;
    const committed = retried.failures.filter((each) => each.peer === address && each.begun);
    const unexpected = [
      ...failures.filter((each) => !explained.includes(each)),
      ...retried.failures.filter((each) => !committed.includes(each)),
    ];
    const reasons = [...new Set(unexpected.map(({ peer, details }) => `${peer}: ${details}`))].slice(0, 3);
    const claim = {
      id: podKilled.id,
      text: 'every call that failed had been sent to the killed pod before its removal was read; with a retry policy only a call whose answer had begun fails',
      holds:
        calls > 0 &&
        explained.length === failures.length &&
        retried.calls > 0 &&
        committed.length === retried.failures.length,
      figures: {
        calls,
        failed: failures.length,
        onKilledPod: explained.length,
        ...(reasons.length > 0 ? { reasons } : {}),
        callsWithRetry: retried.calls,
        failedWithRetry: retried.failures.length,
        answerHadBegun: committed.length,
        removalReadMs: removedMs - killedMs,
      },
    };
    const withRetry = `with retries ${count(retried.failures.length)} of ${count(retried.calls)}`;
    const sum = `${lost(clients.fairlead.count)}, ${withRetry}; removal read after ${took(removedMs - killedMs)}`;
    const sent = `${count(explained.length)} of ${count(failures.length)} failed calls were sent to that pod before`;
    return { claim, words: [sum, ...(failures.length > 0 ? [sent] : []), ...reasons] };
  },
};
