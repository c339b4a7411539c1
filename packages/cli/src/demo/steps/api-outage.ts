import type { Outcome } from '../claim.js';
import type { Stage, Step } from '../stage.js';
import { count, took } from '../words.js';

const RATE = 200;
const OUTAGE_MS = 5_000;

interface Outage {
  readonly callsMeanwhile: number;
  readonly states: readonly string[];
  /** From the start of the API server to the first call on a pod that came after it. */
  readonly seenMs: number;
}

async function outage(stage: Stage, stop: () => Promise<void>, start: () => Promise<void>): Promise<Outage> {
  const { clients, endpoints, screen, waits, workload } = stage;
  endpoints.takeStates();
  const before = clients.fairlead.count.calls;
  screen.phase(`the API server is away for ${OUTAGE_MS / 1000} s`);
  await stop();
  await waits.pause(OUTAGE_MS);
  const callsMeanwhile = clients.fairlead.count.calls - before;
  await start();
  const startMs = performance.now();
  const wanted = endpoints.usable.length + 1;
  screen.phase(`the API server is back: scaling to ${wanted}`);
  await waits.until('the API server answers again', () =>
    workload.scale(wanted).then(
      () => true,
      () => false,
    ),
  );
  await waits.until(`${wanted} endpoints are ready`, () => endpoints.usable.length === wanted);
  const all = (): boolean => endpoints.usable.every(({ key }) => clients.fairlead.count.ok.has(key));
  await waits.until('Fairlead has called every pod', all, 10_000);
  const seenMs = Math.round(performance.now() - startMs);
  return { callsMeanwhile, states: endpoints.takeStates(), seenMs };
}

/** The last good endpoints stay while the API server is away. */
export const apiOutage: Step = {
  id: 'api-outage',
  title: `The API server stopped for ${OUTAGE_MS / 1000} s`,
  async run(stage): Promise<Outcome> {
    const { clients, endpoints, faults, screen } = stage;
    const stop = faults?.stopApi?.bind(faults);
    const start = faults?.startApi?.bind(faults);
    if (!stop || !start)
      return { id: apiOutage.id, why: 'this API server cannot be stopped from here; the sandbox’s can' };
    clients.fairlead.reset();
    clients.fairlead.start(RATE);
    const { callsMeanwhile, states, seenMs } = await screen.traffic(
      [clients.fairlead],
      outage(stage, stop, start),
    );
    await clients.fairlead.pause();
    const { failures, ok } = clients.fairlead.count;
    const pods = endpoints.usable.length;
    const podsUsed = endpoints.usable.filter(({ key }) => ok.has(key)).length;
    const claim = {
      id: apiOutage.id,
      text: 'while the API server is away calls go on; when it is back, changes are seen',
      holds: callsMeanwhile > 0 && failures.length === 0 && podsUsed === pods && states.includes('stale'),
      figures: { callsMeanwhile, failed: failures.length, states, podsUsed, pods, seenMs },
    };
    const sum = `${count(callsMeanwhile)} calls meanwhile, ${count(failures.length)} failed; then ${podsUsed} of ${pods} pods in use within ${took(seenMs)}`;
    return { claim, words: [sum] };
  },
};
