import { connect } from 'node:net';
import type { Claim, Omission } from '../claim.js';
import { PORT } from '../names.js';
import { isEven, spreadOf } from '../shares.js';
import type { Stage, Step } from '../stage.js';
import type { Traffic } from '../traffic.js';
import { until } from '../until.js';

/** Enough that a share of a quarter is exact to a tenth of a point. */
const CALLS = 1_000;
const RATE = 500;

async function sendCalls({ screen }: Stage, client: Traffic): Promise<ReturnType<typeof spreadOf>> {
  client.reset();
  client.start(RATE);
  const enough = until(`${CALLS} calls of ${client.name}`, () => client.count.calls >= CALLS);
  await screen.traffic(
    [client],
    enough.then(() => client.pause()),
  );
  return spreadOf(client.count.ok);
}

const CONNECT_TIMEOUT_MS = 2_000;

/** Why no connection to `host` can be made from here; undefined: it can. */
function outOfReach(host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port: PORT, timeout: CONNECT_TIMEOUT_MS });
    const done = (why?: string): void => {
      socket.destroy();
      resolve(why);
    };
    socket.once('connect', () => done());
    socket.once('timeout', () => done('ETIMEDOUT'));
    socket.once('error', (error: NodeJS.ErrnoException) => done(error.code));
  });
}

/** All calls of one connection stay on one pod. */
export const clusterIp: Step = {
  id: 'cluster-ip',
  title: '2. grpc-js through a ClusterIP',
  async run(stage): Promise<Claim | Omission> {
    const trouble = await outOfReach(stage.vip);
    if (trouble !== undefined)
      return { id: clusterIp.id, why: `virtual IPs are out of reach from here (${stage.vip}: ${trouble})` };
    const { total, percents } = await sendCalls(stage, stage.clients.clusterIp);
    return {
      id: clusterIp.id,
      text: 'through a ClusterIP one pod gets 100 % of a client’s calls',
      holds: percents.length === 1 && percents[0] === 100,
      figures: { calls: total, percents, pods: stage.endpoints.usable.length },
    };
  },
};

/** Every ready pod gets its share, for the pods that there were at the start. */
export const dnsSpread: Step = {
  id: 'dns-round-robin',
  title: '3. grpc-js dns:/// + round_robin on the headless Service',
  async run(stage): Promise<Claim | Omission> {
    const { dns, clients } = stage;
    if ('missing' in dns) return { id: dnsSpread.id, why: dns.missing };
    const spread = await sendCalls(stage, clients.dns!);
    const pods = stage.endpoints.usable.length;
    return {
      id: dnsSpread.id,
      text: `dns:/// + round_robin spreads over the ${pods} pods that it found at the start, ${100 / pods} ± 2 % each`,
      holds: isEven(spread, pods, 2),
      figures: { calls: spread.total, percents: spread.percents },
    };
  },
};
