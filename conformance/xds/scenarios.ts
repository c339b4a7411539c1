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

/** Acts that follow one another. */
type Track = readonly Act[];

/**
 * All scenarios, in the order in which they run. The tracks of one list run side by side: they have control planes and
 * endpoints of their own, and only one of them changes the Deployment.
 */
export const ACTS: readonly (readonly Track[])[] = [
  [[{ name: 'pods', run: podScenarios }]],
  [[{ name: 'control-plane', run: controlPlaneScenarios }]],
  [
    [
      { name: 'away', run: awayScenario },
      { name: 'security', run: securityScenarios },
    ],
    [
      { name: 'script', run: scriptScenarios },
      { name: 'clusters', run: clusterScenarios },
    ],
  ],
  [[{ name: 'sizes', run: sizeScenarios }]],
  [[{ name: 'examples', run: exampleScenarios }]],
];
