import type { PipelineConfig } from '../config/config.js';
import type { Random } from '../contract.js';
import { First } from './first.js';
import type { Selection } from './selection.js';
import { Subset } from './subset.js';

/** What a selection is made with. */
export interface SelectionHost {
  readonly random: Random;
  /** The zone of the client, if it is known. */
  readonly zone?: string | undefined;
  readonly seed?: bigint | undefined;
}

/** Which endpoints a config connects to; null: all that are usable. `pickFirst` needs no subset. */
export function createSelection(
  { pick, subset, zone: { preferZone } }: PipelineConfig,
  { random, zone, seed = 0n }: SelectionHost,
): Selection | null {
  if (pick.policy === 'pickFirst') {
    return new First({ random: pick.shuffle ? random : null, zone: preferZone === null ? undefined : zone });
  }
  if (subset === null) return null;
  return new Subset({ size: subset.size, seed });
}
