import type { Endpoint } from '@fairlead/discovery';
import type { Claim } from '../claim.js';
import type { Stage, Step } from '../stage.js';
import { pause, until } from '../until.js';

const RATE = 200;
/** Calls go on for so long after the new pods were found, so that dns:/// has every chance. */
const AFTER_MS = 3_000;

/** How long each part of the way took for one new pod, in ms after the scaling was asked for. */
function split(
  { timeline, endpoints, clients }: Stage,
  added: Endpoint,
  askedMs: number,
): Record<string, number> {
  const { running, ready, inSlice } = timeline.timesOf(added.addresses[0]!.host);
  const moments = {
    started: running,
    ready,
    inSlice,
    seen: endpoints.usableSince(added.key),
    firstCall: clients.fairlead.count.firstCallMs.get(added.key),
  };
  return Object.fromEntries(
    Object.entries(moments).flatMap(([name, ms]) => (ms === undefined ? [] : [[name, ms - askedMs]])),
  );
}

async function scaleUp(stage: Stage, to: number): Promise<{ known: Set<string>; askedMs: number }> {
  const { clients, endpoints, workload } = stage;
  const known = new Set(endpoints.usable.map(({ key }) => key));
  const askedMs = Date.now();
  await workload.scale(to);
  await until(`${to} endpoints are ready`, () => endpoints.usable.length === to);
  const all = (): boolean => endpoints.usable.every(({ key }) => clients.fairlead.count.ok.has(key));
  await until('Fairlead has called every pod', all, 10_000).catch(() => {});
  await pause(AFTER_MS);
  return { known, askedMs };
}

/** New pods get calls from Fairlead at once, and from dns:/// only when some connection breaks. */
export const scaleUpStep: Step = {
  id: 'scale-up',
  title: '4. Scale to 6 while calls go on',
  async run(stage): Promise<Claim> {
    const { clients, endpoints, screen } = stage;
    const traffic = [clients.dns, clients.fairlead];
    for (const client of traffic) {
      client.reset();
      client.start(RATE);
    }
    const before = endpoints.usable.length;
    const { known, askedMs } = await screen.traffic(traffic, scaleUp(stage, 6));
    await Promise.all(traffic.map((client) => client.pause()));
    const added = endpoints.usable.filter(({ key }) => !known.has(key));
    const splits = added.map((endpoint) => split(stage, endpoint, askedMs));
    const failed = clients.fairlead.count.failures.length;
    const pods = { dns: clients.dns.count.ok.size, fairlead: clients.fairlead.count.ok.size };
    return {
      id: scaleUpStep.id,
      text: `after scaling ${before} → 6, dns:/// still uses ${before} pods, Fairlead uses 6`,
      holds: pods.dns === before && pods.fairlead === 6 && added.length === 6 - before && failed === 0,
      figures: {
        dnsPods: pods.dns,
        fairleadPods: pods.fairlead,
        failed,
        msAfterScaling: splits.map((ms) => JSON.stringify(ms)),
      },
    };
  },
};
