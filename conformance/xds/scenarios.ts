import { awayScenario } from './scenarios/away.js';
import { clusterScenarios } from './scenarios/clusters.js';
import { controlPlaneScenarios } from './scenarios/control-plane.js';
import { exampleScenarios } from './scenarios/examples.js';
import { podScenarios } from './scenarios/pods.js';
import { scriptScenarios } from './scenarios/script.js';
import { securityScenarios } from './scenarios/security.js';
import { sizeScenarios } from './scenarios/sizes.js';
import type { Stage } from './scene.js';

/** Scenarios that belong together. */
export interface Act {
  /** As in `FAIRLEAD_CONFORMANCE_SCENARIOS`. */
  readonly name: string;
  run(stage: Stage): Promise<void>;
}

/**
 * All scenarios, in the order in which they run. Those of one line run side by side: they have control planes and
 * endpoints of their own.
 */
export const ACTS: readonly (readonly Act[])[] = [
  [{ name: 'pods', run: podScenarios }],
  [{ name: 'control-plane', run: controlPlaneScenarios }],
  [
    { name: 'script', run: scriptScenarios },
    { name: 'away', run: awayScenario },
  ],
  [
    { name: 'clusters', run: clusterScenarios },
    { name: 'security', run: securityScenarios },
  ],
  [{ name: 'sizes', run: sizeScenarios }],
  [{ name: 'examples', run: exampleScenarios }],
];
