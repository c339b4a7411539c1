import type { Claim, Omission } from '../claim.js';
import type { Stage, Step } from '../stage.js';
import { pause, until } from '../until.js';

const RATE = 200;
const OUTAGE_MS = 5_000;

interface Outage {
  readonly callsMeanwhile: number;
  readonly states: readonly string[];
}

async function outage(stage: Stage, stop: () => Promise<void>, start: () => Promise<void>): Promise<Outage> {
  const { clients, endpoints, workload } = stage;
  endpoints.takeStates();
  const before = clients.fairlead.count.calls;
  await stop();
  await pause(OUTAGE_MS);
  const callsMeanwhile = clients.fairlead.count.calls - before;
  await start();
  const wanted = endpoints.usable.length + 1;
  await until('the API server answers again', () =>
    workload.scale(wanted).then(
      () => true,
      () => false,
    ),
  );
  await until(`${wanted} endpoints are ready`, () => endpoints.usable.length === wanted);
  const all = (): boolean => endpoints.usable.every(({ key }) => clients.fairlead.count.ok.has(key));
  await until('Fairlead has called every pod', all, 10_000).catch(() => {});
  return { callsMeanwhile, states: endpoints.takeStates() };
}

/** The last good endpoints stay while the API server is away. */
export const apiOutage: Step = {
  id: 'api-outage',
  title: `7. The API server stopped for ${OUTAGE_MS / 1000} s`,
  async run(stage): Promise<Claim | Omission> {
    const { clients, endpoints, faults, screen } = stage;
    const stop = faults?.stopApi?.bind(faults);
    const start = faults?.startApi?.bind(faults);
    if (!stop || !start)
      return { id: apiOutage.id, why: 'this API server cannot be stopped from here; the sandbox’s can' };
    clients.fairlead.reset();
    clients.fairlead.start(RATE);
    const { callsMeanwhile, states } = await screen.traffic([clients.fairlead], outage(stage, stop, start));
    await clients.fairlead.pause();
    const { failures, ok } = clients.fairlead.count;
    const used = endpoints.usable.filter(({ key }) => ok.has(key)).length;
    return {
      id: apiOutage.id,
      text: 'while the API server is away calls go on; when it is back, changes are seen',
      holds:
        callsMeanwhile > 0 &&
        failures.length === 0 &&
        used === endpoints.usable.length &&
        states.includes('stale'),
      figures: {
        callsMeanwhile,
        failed: failures.length,
        states,
        podsUsed: used,
        pods: endpoints.usable.length,
      },
    };
  },
};
