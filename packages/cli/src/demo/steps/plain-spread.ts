import type { Outcome } from '../claim.js';
import { isEven, type Spread, spreadOf } from '../shares.js';
import type { Stage, Step } from '../stage.js';
import type { Traffic } from '../traffic.js';
import { count, took } from '../words.js';

/** Enough that a share of a quarter is exact to a tenth of a point. */
const CALLS = 1_000;
const RATE = 500;

interface Sent extends Spread {
  readonly failed: number;
  readonly tookMs: number;
}

/** Sends calls and counts them, but not before the client has used `pods` pods: connections open one by one. */
async function sendCalls({ screen, waits }: Stage, client: Traffic, pods: number): Promise<Sent> {
  const send = async (): Promise<number> => {
    client.reset();
    client.start(RATE);
    screen.phase(`connecting to ${pods} pod${pods === 1 ? '' : 's'}`);
    await waits.until(`${client.name} uses ${pods} pods`, () => client.count.ok.size >= pods, 20_000);
    client.reset();
    screen.phase(`${count(CALLS)} calls at ${RATE}/s`);
    const startMs = performance.now();
    await waits.until(`${CALLS} calls of ${client.name}`, () => client.count.calls >= CALLS);
    await client.pause();
    return Math.round(performance.now() - startMs);
  };
  const tookMs = await screen.traffic([client], send());
  return { ...spreadOf(client.count.ok), failed: client.count.failures.length, tookMs };
}

/** All calls of one connection stay on one pod. */
export const clusterIp: Step = {
  id: 'cluster-ip',
  title: 'grpc-js through a ClusterIP',
  async run(stage): Promise<Outcome> {
    if ('missing' in stage.vip) return { id: clusterIp.id, why: stage.vip.missing };
    const { total, percents, tookMs } = await sendCalls(stage, stage.clients.clusterIp, 1);
    const pods = stage.endpoints.usable.length;
    const claim = {
      id: clusterIp.id,
      text: 'through a ClusterIP one pod gets 100 % of a client’s calls',
      holds: percents.length === 1 && percents[0] === 100,
      figures: { calls: total, percents, pods, tookMs },
    };
    const words = `${count(total)} calls in ${took(tookMs)}: ${percents.length} of ${pods} pods was used`;
    return { claim, words: [words] };
  },
};

/** Every ready pod gets its share, for the pods that there were at the start. */
export const dnsSpread: Step = {
  id: 'dns-round-robin',
  title: 'grpc-js dns:/// + round_robin on the headless Service',
  async run(stage): Promise<Outcome> {
    const { dns, clients } = stage;
    if ('missing' in dns || !clients.dns)
      return { id: dnsSpread.id, why: 'missing' in dns ? dns.missing : 'there is no client' };
    const pods = stage.endpoints.usable.length;
    const { total, percents, tookMs } = await sendCalls(stage, clients.dns, pods);
    const claim = {
      id: dnsSpread.id,
      text: `dns:/// + round_robin: the ${pods} pods found at the start get ${100 / pods} ± 2 % each`,
      holds: isEven({ total, percents }, pods, 2),
      figures: { calls: total, percents, tookMs },
    };
    const shares = percents.map((percent) => percent.toFixed(1)).join(', ');
    return { claim, words: [`${count(total)} calls in ${took(tookMs)}: ${shares} %`] };
  },
};
