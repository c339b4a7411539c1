import { LIBRARIES } from './judges/libraries.js';
import { RUNTIME_SET_UPS } from './judges/runtimes.js';
import type { SetUp } from './set-up.js';

/** All set-ups, in the order in which they run. */
export const SET_UPS: readonly SetUp[] = [...LIBRARIES, ...RUNTIME_SET_UPS];
