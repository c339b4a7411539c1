import { inspect } from './address.js';
import type { Assignment, LocalityEndpoints } from './assignment.js';

/** Weights of one priority are summed up as uint32. */
const MOST_WEIGHT = 0xffff_ffff;

type Say = (problem: string) => void;

function checkEndpoints({ zone, endpoints }: LocalityEndpoints, seen: Set<string>, say: Say): void {
  if (endpoints.length === 0) say(`locality ${JSON.stringify(zone)} has no endpoints`);
  for (const endpoint of endpoints) {
    const { keys, problem } = inspect(endpoint);
    if (problem !== undefined) say(problem);
    for (const key of keys) {
      if (seen.has(key)) say(`address ${key} is there twice`);
      seen.add(key);
    }
  }
}

function checkWeight({ zone, weight }: LocalityEndpoints, say: Say): void {
  if (Number.isInteger(weight) && weight >= 1 && weight <= MOST_WEIGHT) return;
  say(`weight ${weight} of locality ${JSON.stringify(zone)} is not an integer from 1 to ${MOST_WEIGHT}`);
}

function checkPriorities(localities: readonly LocalityEndpoints[], say: Say): void {
  const weights = new Map<number, number>();
  for (const { priority, weight } of localities) weights.set(priority, (weights.get(priority) ?? 0) + weight);
  for (let priority = 0; priority < weights.size; priority++) {
    const sum = weights.get(priority);
    if (sum === undefined) say(`priority ${priority} is missing; priorities are dense from 0`);
    else if (sum > MOST_WEIGHT) say(`weights of priority ${priority} add up to more than ${MOST_WEIGHT}`);
  }
}

/**
 * What is wrong with an assignment: all that at least one client refuses, crashes on or silently leaves out. None: it may
 * be sent. An assignment without localities is right; it says that there are no endpoints.
 */
export function validateAssignment({ name, localities }: Assignment): readonly string[] {
  const problems: string[] = [];
  const say: Say = (problem) => void problems.push(problem);
  if (name === '') say('the name is empty');
  const places = new Set<string>();
  const addresses = new Set<string>();
  for (const locality of localities) {
    const place = `${locality.priority} ${locality.zone}`;
    if (places.has(place)) say(`locality ${JSON.stringify(locality.zone)} is there twice`);
    places.add(place);
    checkWeight(locality, say);
    checkEndpoints(locality, addresses, say);
  }
  checkPriorities(localities, say);
  return problems;
}
