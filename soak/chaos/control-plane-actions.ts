import { setTimeout as pause } from 'node:timers/promises';
import { type Action, between, forAWhile, skipped } from './action.js';
import type { ControlPlaneAction } from './plan.js';
import type { Stage } from './stage.js';

/** How long a replica is away (ms): its place may be taken by another at once, or after the kubelet's back-off. */
const LEAST_AWAY_MS = 500;
const MOST_AWAY_MS = 5_000;

const away = (die: number): number => Math.round(between(LEAST_AWAY_MS, MOST_AWAY_MS, die));

/** The API server and the way to it. */
async function stopApi({ cluster, proxy }: Stage): Promise<void> {
  await Promise.all([cluster.faults.stopApi(), proxy.stop()]);
}

async function startApi({ cluster, proxy }: Stage): Promise<void> {
  await Promise.all([cluster.faults.startApi(), proxy.listen()]);
}

/** The API server is away for 0.5 to 5 s. */
export const apiOutage: Action = async (stage, [die]) => {
  const ms = Math.round(between(500, 5_000, die));
  await stopApi(stage);
  return { what: `${ms} ms`, restore: forAWhile(ms, () => startApi(stage)) };
};

/** Everything that is done to control planes. */
export const CONTROL_PLANE_ACTIONS: Readonly<Record<ControlPlaneAction, Action>> = {
  async 'kill-control-plane'({ planes }, [die, length]) {
    const slot = planes.busiest(die);
    if (slot === undefined) return skipped('none is there');
    const { name, load } = slot;
    const ms = away(length);
    await slot.kill();
    const restore = forAWhile(ms, () => slot.start());
    return { what: `${name} with ${load} connections, for ${ms} ms`, restore };
  },
  async 'drain-control-plane'({ planes }, [die, length]) {
    const slot = planes.busiest(die);
    if (slot === undefined) return skipped('none is there');
    const { name, load } = slot;
    const ms = away(length);
    const ended = slot.terminate();
    const restore = (): Promise<unknown> => ended.then(() => pause(ms)).then(() => slot.start());
    return { what: `${name} with ${load} connections, away for ${ms} ms`, restore };
  },
  async 'hang-control-plane'({ planes }, [die, length]) {
    const slot = planes.busiest(die);
    const goOn = slot?.replica?.hang();
    if (slot === undefined || goOn === undefined) return skipped('none is there');
    const ms = Math.round(between(1_000, 8_000, length));
    return { what: `${slot.name} stands still for ${ms} ms`, restore: forAWhile(ms, goOn) };
  },
  async 'lose-control-planes'({ planes: { slots } }, [die]) {
    const ms = away(die);
    await Promise.all(slots.map((slot) => slot.kill()));
    const restore = forAWhile(ms, () => Promise.all(slots.map((slot) => slot.start())));
    return { what: `both, for ${ms} ms`, restore };
  },
  async 'start-without-api'(stage, [die]) {
    const { planes } = stage;
    const ms = Math.round(between(2_000, 6_000, die));
    await stopApi(stage);
    await Promise.all(planes.slots.map((slot) => slot.kill()));
    planes.blind = true;
    await Promise.all(planes.slots.map((slot) => slot.start()));
    const restore = forAWhile(ms, async () => {
      planes.blind = false;
      await startApi(stage);
    });
    return { what: `both anew, ${ms} ms before the API server is back`, restore };
  },
};
