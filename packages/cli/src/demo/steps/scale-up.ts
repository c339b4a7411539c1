import type { Endpoint } from '@fairlead/discovery';
import type { Claim } from '../claim.js';
import type { Stage, Step } from '../stage.js';
import { pause, until } from '../until.js';

const RATE = 200;
const TO = 6;
/** Calls go on for so long after the new pods were found, so that dns:/// has every chance. */
const AFTER_MS = 3_000;

/** How often the number of connections is looked at (ms). */
const LOOK_MS = 2;

/** How long each part of the way took for one new pod, in ms after the scaling was asked for. */
interface Split {
  readonly started?: number;
  readonly ready?: number;
  readonly inSlice?: number;
  readonly seen?: number;
  readonly connected?: number;
  readonly firstCall?: number;
}

interface ScaleUp {
  readonly added: readonly Endpoint[];
  readonly askedMs: number;
  /** When one more connection was ready, in order. */
  readonly connectedMs: readonly number[];
}

function splitsOf(stage: Stage, { added, askedMs, connectedMs }: ScaleUp): Split[] {
  const { timeline, endpoints, clients } = stage;
  const after = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms - askedMs);
  return added
    .map((endpoint) => ({ endpoint, seen: endpoints.usableSince(endpoint.key) ?? 0 }))
    .sort((a, b) => a.seen - b.seen)
    .map(({ endpoint, seen }, index) => {
      const { running, ready, inSlice } = timeline.timesOf(endpoint.addresses[0]!.host);
      return {
        started: after(running),
        ready: after(ready),
        inSlice: after(inSlice),
        seen: after(seen),
        connected: after(connectedMs[index]),
        firstCall: after(clients.fairlead.count.firstCallMs.get(endpoint.key)),
      };
    });
}

/** Notes the moments at which there is one more ready connection than ever before. */
function noteConnections({ connections }: Stage): { readonly moments: number[]; stop(): void } {
  const moments: number[] = [];
  let most = connections.ready();
  const timer = setInterval(() => {
    for (const now = connections.ready(); most < now; most++) moments.push(Date.now());
  }, LOOK_MS);
  return { moments, stop: () => clearInterval(timer) };
}

async function scaleUp(stage: Stage, to: number): Promise<ScaleUp> {
  const { clients, endpoints, workload } = stage;
  const known = new Set(endpoints.usable.map(({ key }) => key));
  const noted = noteConnections(stage);
  const askedMs = Date.now();
  await workload.scale(to);
  await until(`${to} endpoints are ready`, () => endpoints.usable.length === to);
  const all = (): boolean => endpoints.usable.every(({ key }) => clients.fairlead.count.ok.has(key));
  await until('Fairlead has called every pod', all, 10_000).catch(() => {});
  await pause(AFTER_MS);
  noted.stop();
  const added = endpoints.usable.filter(({ key }) => !known.has(key));
  return { added, askedMs, connectedMs: noted.moments };
}

/** New pods get calls from Fairlead at once, and from dns:/// only when some connection breaks. */
export const scaleUpStep: Step = {
  id: 'scale-up',
  title: `4. Scale to ${TO} while calls go on`,
  async run(stage): Promise<Claim> {
    const { clients, endpoints, screen } = stage;
    const traffic = clients.dns ? [clients.dns, clients.fairlead] : [clients.fairlead];
    for (const client of traffic) {
      client.reset();
      client.start(RATE);
    }
    const before = endpoints.usable.length;
    const warm = (): boolean => traffic.every(({ count }) => count.ok.size === before);
    await until('both clients use every pod', warm, 10_000);
    const scaled = await screen.traffic(traffic, scaleUp(stage, TO));
    await Promise.all(traffic.map((client) => client.pause()));
    const failed = clients.fairlead.count.failures.length;
    const dnsPods = clients.dns?.count.ok.size;
    const fairleadPods = clients.fairlead.count.ok.size;
    const beside = dnsPods === undefined ? '' : ` dns:/// still uses ${before} pods,`;
    return {
      id: scaleUpStep.id,
      text: `after scaling ${before} → ${TO},${beside} Fairlead uses ${TO}`,
      holds:
        (dnsPods ?? before) === before &&
        fairleadPods === TO &&
        scaled.added.length === TO - before &&
        failed === 0,
      figures: {
        ...(dnsPods === undefined ? {} : { dnsPods }),
        fairleadPods,
        failed,
        msAfterScaling: splitsOf(stage, scaled),
      },
    };
  },
};
