import type { PipelineConfig } from '../config/config.js';
import type { Random } from '../contract.js';
import { First } from './first.js';
import type { Selection } from './selection.js';
import { Subset } from './subset.js';

/** Which endpoints a config connects to; null: all that are usable. `pickFirst` needs no subset. */
export function createSelection(
  { pick, subset }: PipelineConfig,
  random: Random,
  seed = 0n,
): Selection | null {
  if (pick.policy === 'pickFirst') return new First(pick.shuffle ? random : null);
  if (subset === null) return null;
  return new Subset({ size: subset.size, seed });
}
