import type { Outcome } from '../claim.js';
import type { Stage, Step } from '../stage.js';
import { count, lost, took } from '../words.js';

const RATE = 500;
const REPLICAS = 2;
/** Calls go on for so long after the last old pod is gone. */
const AFTER_MS = 1_000;

/** Resolves with how long the restart took (ms). */
async function scaleDownAndRestart({ endpoints, screen, waits, workload }: Stage): Promise<number> {
  screen.phase(`scaling to ${REPLICAS}`);
  await workload.scale(REPLICAS);
  await waits.until(`${REPLICAS} endpoints are left`, () => endpoints.endpoints.length === REPLICAS);
  const old = new Set(endpoints.endpoints.map(({ uid }) => uid));
  screen.phase('restarting: every pod is replaced by a new one');
  const startMs = performance.now();
  await workload.restart();
  await waits.until('every pod is a new one', async () => {
    const replaced =
      endpoints.endpoints.length === REPLICAS && !endpoints.endpoints.some(({ uid }) => old.has(uid));
    return replaced && endpoints.usable.length === REPLICAS && (await workload.settled());
  });
  const tookMs = Math.round(performance.now() - startMs);
  screen.phase('calls go on');
  await waits.pause(AFTER_MS);
  return tookMs;
}

/** Nothing is lost when every pod is replaced under load. */
export const rollingRestart: Step = {
  id: 'rolling-restart',
  title: `Scale to ${REPLICAS}, then a rolling restart, under ${RATE} calls/s`,
  async run(stage): Promise<Outcome> {
    const { clients, screen } = stage;
    const traffic = clients.dns ? [clients.dns, clients.fairlead] : [clients.fairlead];
    for (const client of traffic) {
      client.reset();
      client.start(RATE);
    }
    const tookMs = await screen.traffic(traffic, scaleDownAndRestart(stage));
    await Promise.all(traffic.map((client) => client.pause()));
    const { calls, failures } = clients.fairlead.count;
    const dns = clients.dns?.count;
    const reasons = [...new Set(failures.map(({ code, details }) => `${code} ${details}`))].slice(0, 3);
    const claim = {
      id: rollingRestart.id,
      text: `scaled to ${REPLICAS} and restarted under ${RATE} calls/s, Fairlead loses 0 calls`,
      holds: calls > 0 && failures.length === 0,
      figures: {
        calls,
        failed: failures.length,
        ...(reasons.length > 0 ? { reasons } : {}),
        ...(dns ? { dnsCalls: dns.calls, dnsFailed: dns.failures.length } : {}),
        tookMs,
      },
    };
    const beside = dns ? `; with dns:/// ${count(dns.failures.length)} of ${count(dns.calls)}` : '';
    const sum = `${lost(clients.fairlead.count)}, restarted in ${took(tookMs)}${beside}`;
    return { claim, words: [sum, ...reasons.map((reason) => `status ${reason}`)] };
  },
};
