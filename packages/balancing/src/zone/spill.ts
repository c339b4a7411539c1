/** Load of both sides: calls in flight per worth, of all clients; and what each side is worth. */
export interface SideLoads {
  readonly near: number;
  readonly far: number;
  readonly nearWorth: number;
  readonly farWorth: number;
}

/** The near side counts as the more loaded from so much above its aim on; less is not worth a longer way. */
const TOLERANCE = 1.1;
/** And by this part of what chance alone makes, which is much where few calls are in flight. */
const CHANCE = 0.25;
/** Part of the way that one step goes. Reports are up to two steps old: whole steps would run past the aim, to and fro. */
const STEP = 0.3;
/** Some calls stay, so that it is known how the near side fares. */
export const MAX_SHARE = 0.99;
/** A smaller share is none. */
const MIN_SHARE = 0.005;

/**
 * The share of calls that leave the zone, after a look at the loads. It goes towards the smallest one with which the near
 * side is not above both the common level and `floor`, up to the tolerance: the near load is what 1 − share of the demand
 * makes. Where both sides are even it so goes to 0, whatever calls of either go to the other.
 */
export function nextShare(share: number, loads: SideLoads, floor: number): number {
  const { near, far, nearWorth, farWorth } = loads;
  const level = (near * nearWorth + far * farWorth) / (nearWorth + farWorth);
  const aim = Math.max(level, floor);
  const edge = aim * TOLERANCE + CHANCE * Math.sqrt(aim / nearWorth);
  const wanted = near > 0 ? Math.max(0, 1 - ((1 - share) * edge) / near) : 0;
  const next = share + (wanted - share) * STEP;
  return next < MIN_SHARE ? 0 : Math.min(next, MAX_SHARE);
}
