import type { Endpoint } from '@fairlead/discovery';
import { formatTable } from '../../output/table.js';
import type { Outcome } from '../claim.js';
import type { Stage, Step } from '../stage.js';
import { took } from '../words.js';

const RATE = 200;
const TO = 6;
/** Calls go on for so long after the new pods were found, so that dns:/// has every chance. */
const AFTER_MS = 3_000;
/** How often the number of connections is looked at (ms). */
const LOOK_MS = 2;

/** When each part of the way was done for one new pod, in ms after the scaling was asked for. */
interface Split {
  readonly pod: string;
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
      const calledMs = clients.fairlead.count.firstCallMs.get(endpoint.key);
      // Connections are looked at now and then: a call is the better witness when it was earlier.
      const linkedMs = Math.min(
        connectedMs[index] ?? Number.POSITIVE_INFINITY,
        calledMs ?? Number.POSITIVE_INFINITY,
      );
      return {
        pod: endpoint.pod ?? endpoint.key,
        started: after(running),
        ready: after(ready),
        inSlice: after(inSlice),
        seen: after(seen),
        connected: Number.isFinite(linkedMs) ? after(linkedMs) : undefined,
        firstCall: after(calledMs),
      };
    });
}

const HEADER = ['ms after scaling', 'started', 'ready', 'in slice', 'seen', 'connected', 'called'];

/** The way from scaling to the first call as a table; times in ms. */
function tableOf(splits: readonly Split[]): string[] {
  const rows = splits.map(({ pod, started, ready, inSlice, seen, connected, firstCall }) => {
    const times = [started, ready, inSlice, seen, connected, firstCall];
    return [pod, ...times.map((ms, index) => String(ms ?? '-').padStart(HEADER[index + 1]!.length))];
  });
  return formatTable(HEADER, rows).split('\n');
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

async function scaleUp(stage: Stage, before: number): Promise<ScaleUp> {
  const { clients, endpoints, screen, waits, workload } = stage;
  screen.phase(`connecting to ${before} pods`);
  const traffic = [clients.dns, clients.fairlead].filter((client) => client !== undefined);
  const warm = (): boolean => traffic.every(({ count }) => count.ok.size === before);
  await waits.until('both clients use every pod', warm, 20_000);
  const known = new Set(endpoints.usable.map(({ key }) => key));
  const noted = noteConnections(stage);
  try {
    screen.phase(`scaling to ${TO}`);
    const askedMs = Date.now();
    await workload.scale(TO);
    await waits.until(`${TO} endpoints are ready`, () => endpoints.usable.length === TO);
    const all = (): boolean => endpoints.usable.every(({ key }) => clients.fairlead.count.ok.has(key));
    await waits.until('Fairlead has called every pod', all, 10_000);
    screen.phase('calls go on, so that dns:/// has every chance');
    await waits.pause(AFTER_MS);
    const added = endpoints.usable.filter(({ key }) => !known.has(key));
    return { added, askedMs, connectedMs: noted.moments };
  } finally {
    noted.stop();
  }
}

/** New pods get calls from Fairlead at once, and from dns:/// only when some connection breaks. */
export const scaleUpStep: Step = {
  id: 'scale-up',
  title: `Scale to ${TO} while calls go on`,
  async run(stage): Promise<Outcome> {
    const { clients, endpoints, screen } = stage;
    const traffic = clients.dns ? [clients.dns, clients.fairlead] : [clients.fairlead];
    for (const client of traffic) {
      client.reset();
      client.start(RATE);
    }
    const before = endpoints.usable.length;
    const scaled = await screen.traffic(traffic, scaleUp(stage, before));
    await Promise.all(traffic.map((client) => client.pause()));
    const failed = clients.fairlead.count.failures.length;
    const dnsPods = clients.dns?.count.ok.size;
    const fairleadPods = clients.fairlead.count.ok.size;
    const beside = dnsPods === undefined ? '' : ` dns:/// still uses ${before} pods,`;
    const splits = splitsOf(stage, scaled);
    const claim = {
      id: scaleUpStep.id,
      text: `scaled ${before} → ${TO}:${beside} Fairlead uses ${TO} and loses 0 calls`,
      holds:
        (dnsPods ?? before) === before &&
        fairleadPods === TO &&
        scaled.added.length === TO - before &&
        failed === 0,
      figures: {
        ...(dnsPods === undefined ? {} : { dnsPods }),
        fairleadPods,
        failed,
        msAfterScaling: splits,
      },
    };
    const waited = splits.map(({ ready, firstCall }) => (firstCall ?? 0) - (ready ?? 0));
    const quick = waited.map((ms) => took(Math.max(0, ms))).join(' and ');
    const pods = dnsPods === undefined ? '' : `dns:/// used ${dnsPods} pods, `;
    const sum = `${pods}Fairlead ${fairleadPods}: first calls ${quick} after ready`;
    return { claim, words: [sum], table: tableOf(splits) };
  },
};
