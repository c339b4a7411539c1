import type { PickConfig } from '../config/config.js';
import { LeastRequest } from './least-request/least-request.js';
import { LoadAware } from './load-aware/load-aware.js';
import { PeakEwma } from './peak-ewma/peak-ewma.js';
import { PickFirst } from './pick-first/pick-first.js';
import type { PickPolicy, PolicyHost } from './policy.js';
import { RingHash } from './ring-hash/ring-hash.js';
import { RoundRobin } from './round-robin/round-robin.js';
import { WeightedRoundRobin } from './weighted-round-robin/weighted-round-robin.js';

/** Makes the policy of a config. */
export function createPolicy(pick: PickConfig, host: PolicyHost): PickPolicy {
  switch (pick.policy) {
    case 'roundRobin':
      return new RoundRobin(host);
    case 'leastRequest':
      return new LeastRequest(pick, host);
    case 'loadAware':
      return new LoadAware(pick, host);
    case 'weightedRoundRobin':
      return new WeightedRoundRobin({ ...pick, outOfBandMs: pick.outOfBand ? pick.outOfBandMs : null }, host);
    case 'peakEwma':
      return new PeakEwma(pick, host);
    case 'ringHash': {
      const { header, boundedLoad, minRingSize: min, maxRingSize: max } = pick;
      return new RingHash({ header, boundedLoad, size: { min, max } }, host);
    }
    case 'pickFirst':
      return new PickFirst();
  }
}
