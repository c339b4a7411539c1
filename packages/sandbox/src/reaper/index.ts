export type { Reaper } from './create-reaper.js';
export { createReaper } from './create-reaper.js';
export { reapLeftovers } from './reap.js';
export { createRunDir, defaultBaseDir } from './run-dir.js';
