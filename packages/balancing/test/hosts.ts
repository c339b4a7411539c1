import type {
  Candidate,
  Outcome,
  PickContext,
  Pipeline,
  PipelineHost,
  Random,
  Slot,
} from '../src/contract.js';

/** A call that carries nothing that a policy looks at. */
export const CONTEXT: PickContext = { header: () => undefined };
/** A call that went well. */
export const OK: Outcome = { code: 0, latencyMs: 1, streaming: false };

/** Mulberry32: small, seeded, good enough to choose endpoints by. */
function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A host with a still clock. */
export function hostOf(seed: number): PipelineHost {
  return { now: () => 0, random: seededRandom(seed) };
}

/** A ready candidate; `n` names it. */
export function candidate(n: number, conditions: Partial<Candidate> = {}): Candidate {
  return {
    key: `10.0.0.${n}:80`,
    uid: `pod-${n}`,
    ready: true,
    serving: true,
    terminating: false,
    ...conditions,
  };
}

/** Candidates 0 to n − 1. */
export function candidates(n: number): Candidate[] {
  return Array.from({ length: n }, (_, i) => candidate(i));
}

/** Gives the pipeline `n` ready candidates with ready connections. */
export function connectAll(pipeline: Pipeline, list: readonly Candidate[]): void {
  for (const key of pipeline.update(list).connect) pipeline.connection(key, 'ready');
}

/** Picks and fails the test when nothing can be picked. */
export function mustPick(pipeline: Pipeline): Slot {
  const slot = pipeline.pick(CONTEXT);
  if (slot === null) throw new Error('nothing was picked');
  return slot;
}

/** Runs one whole call in a turn of its own and says where it went. */
export function call(pipeline: Pipeline): string {
  const slot = mustPick(pipeline);
  pipeline.started(slot);
  pipeline.ended(slot, OK);
  pipeline.endOfTurn();
  return slot.key;
}

/** How often each key occurs. */
export function tally(keys: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}
