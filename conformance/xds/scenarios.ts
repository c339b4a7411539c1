import { controlPlaneScenarios } from './scenarios/control-plane.js';
import { exampleScenarios } from './scenarios/examples.js';
import { podScenarios } from './scenarios/pods.js';
import { scriptScenarios } from './scenarios/script.js';
import { sizeScenarios } from './scenarios/sizes.js';
import type { Stage } from './scene.js';

/** All scenarios, in the order in which they run. */
export const SCENARIOS: readonly ((stage: Stage) => Promise<void>)[] = [
  podScenarios,
  controlPlaneScenarios,
  scriptScenarios,
  sizeScenarios,
  exampleScenarios,
];
