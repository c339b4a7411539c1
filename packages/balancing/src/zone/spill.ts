/** What is known of the border of a zone, whatever is counted on its sides: calls, or streams. */
export interface Border {
  readonly nearWorth: number;
  readonly farWorth: number;
  /** Up to so many the near side takes every one. */
  readonly room: number;
}

/** `spillAbove` is per endpoint, and weights may be of any size: what an endpoint is worth on average counts as one. */
export function borderOf(
  near: { readonly worth: number; readonly endpoints: number },
  far: { readonly worth: number; readonly endpoints: number },
  spillAbove: number,
): Border {
  const worth = near.worth + far.worth;
  const room = worth === 0 ? 0 : (spillAbove * near.worth * (near.endpoints + far.endpoints)) / worth;
  return { nearWorth: near.worth, farWorth: far.worth, room };
}

/** Whether one more leaves the zone, beside so many on either side: there is no room, and the far side has fewer for its worth. */
export function leaves(near: number, far: number, { nearWorth, farWorth, room }: Border): boolean {
  if (nearWorth === 0 || farWorth === 0) return nearWorth === 0;
  return near + 1 > room && (near + 1) * farWorth > (far + 1) * nearWorth;
}

/** How many of `total` stay, if they are placed one after the other and none ends. */
export function staying(total: number, { nearWorth, farWorth, room }: Border): number {
  if (nearWorth === 0 || farWorth === 0) return nearWorth === 0 ? 0 : total;
  const even = Math.floor(((total + 1) * nearWorth) / (nearWorth + farWorth));
  return Math.min(total, Math.max(Math.floor(room), even));
}

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
