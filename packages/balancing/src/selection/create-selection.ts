import type { PipelineConfig } from '../config/config.js';
import type { PipelineHost, Random } from '../contract.js';
import { First } from './first.js';
import type { Selection } from './selection.js';
import { Subset } from './subset.js';

function drawSeed(random: Random): bigint {
  const half = (): bigint => BigInt(Math.floor(random() * 4_294_967_296));
  return (half() << 32n) | half();
}

/** Which endpoints a config connects to; null: all that are usable. `pickFirst` needs no subset. */
export function createSelection({ pick, subset }: PipelineConfig, host: PipelineHost): Selection | null {
  if (pick.policy === 'pickFirst') return new First(host.random);
  if (subset === null) return null;
  return new Subset({ size: subset.size, seed: host.seed ?? drawSeed(host.random) });
}
