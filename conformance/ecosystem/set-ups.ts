import { BUNDLER_SET_UPS } from './judges/bundlers.js';
import { COMPILER_SET_UPS } from './judges/compilers.js';
import { COPY_SET_UPS } from './judges/copies.js';
import { LAYOUT_SET_UPS } from './judges/layouts.js';
import { LIBRARIES } from './judges/libraries.js';
import { NEST_SERVER_SET_UPS } from './judges/nest-server.js';
import { PLAIN_NAME_SET_UPS } from './judges/plain-names.js';
import { REGISTRATION_SET_UPS } from './judges/registration.js';
import { RUNTIME_SET_UPS } from './judges/runtimes.js';
import { TELEMETRY_SET_UPS } from './judges/telemetry.js';
import { TEST_RUNNER_SET_UPS } from './judges/test-runners.js';
import { TROUBLE_SET_UPS } from './judges/troubles.js';
import type { SetUp } from './set-up.js';

/** All set-ups, in the order in which they run. */
export const SET_UPS: readonly SetUp[] = [
  ...LIBRARIES,
  ...RUNTIME_SET_UPS,
  ...LAYOUT_SET_UPS,
  ...BUNDLER_SET_UPS,
  ...TEST_RUNNER_SET_UPS,
  ...COMPILER_SET_UPS,
  ...COPY_SET_UPS,
  ...REGISTRATION_SET_UPS,
  ...PLAIN_NAME_SET_UPS,
  ...TELEMETRY_SET_UPS,
  ...TROUBLE_SET_UPS,
  ...NEST_SERVER_SET_UPS,
];
