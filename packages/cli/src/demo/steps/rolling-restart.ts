import type { Claim } from '../claim.js';
import type { Stage, Step } from '../stage.js';
import { pause, until } from '../until.js';

const RATE = 500;
const REPLICAS = 2;
/** Calls go on for so long after the last old pod is gone. */
const AFTER_MS = 1_000;

async function scaleDownAndRestart({ endpoints, workload }: Stage): Promise<void> {
  await workload.scale(REPLICAS);
  await until(`${REPLICAS} endpoints are left`, () => endpoints.endpoints.length === REPLICAS);
  const old = new Set(endpoints.endpoints.map(({ uid }) => uid));
  await workload.restart();
  await until('every pod is a new one', async () => {
    const replaced =
      endpoints.endpoints.length === REPLICAS && !endpoints.endpoints.some(({ uid }) => old.has(uid));
    return replaced && endpoints.usable.length === REPLICAS && (await workload.settled());
  });
  await pause(AFTER_MS);
}

/** Nothing is lost when every pod is replaced under load. */
export const rollingRestart: Step = {
  id: 'rolling-restart',
  title: `5. Scale to ${REPLICAS}, then a rolling restart, under ${RATE} calls/s`,
  async run(stage): Promise<Claim> {
    const { clients, screen } = stage;
    const traffic = clients.dns ? [clients.dns, clients.fairlead] : [clients.fairlead];
    for (const client of traffic) {
      client.reset();
      client.start(RATE);
    }
    await screen.traffic(traffic, scaleDownAndRestart(stage));
    await Promise.all(traffic.map((client) => client.pause()));
    const { calls, failures } = clients.fairlead.count;
    const dns = clients.dns?.count;
    const reasons = [...new Set(failures.map(({ code, details }) => `${code} ${details}`))].slice(0, 3);
    return {
      id: rollingRestart.id,
      text: `scaled to ${REPLICAS} and restarted under ${RATE} calls/s, Fairlead loses 0 calls`,
      holds: calls > 0 && failures.length === 0,
      figures: {
        calls,
        failed: failures.length,
        ...(reasons.length > 0 ? { reasons } : {}),
        ...(dns ? { dnsCalls: dns.calls, dnsFailed: dns.failures.length } : {}),
      },
    };
  },
};
