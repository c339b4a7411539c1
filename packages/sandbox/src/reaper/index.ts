export type { Reaper, ReaperOptions } from './create-reaper.js';
export { createReaper } from './create-reaper.js';
export { reap, reapLeftovers } from './reap.js';
export { createRunDir, defaultBaseDir } from './run-dir.js';
