import { blackHole } from './black-hole/black-hole.js';
import { chaos } from './chaos/chaos.js';
import { discovery } from './discovery/discovery.js';
import type { Part } from './part.js';

/** All parts, in the order in which they run. */
export const PARTS: readonly Part[] = [chaos, blackHole, discovery];
