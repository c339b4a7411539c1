import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.js';

const leakCheck = ['./test/leak-check.ts'];

// unit: no sockets, no isolation. integration: sockets, one package. e2e: sandbox clusters, two files at a time
// and after the rest: each starts a cluster's worth of processes, waits much, and two cores must carry them.
export default defineConfig({
  test: {
    // The default is one less than there are cores: with two of them everything would wait for everything.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'packages/*/src/**/*.test.ts',
            'benchmarks/src/**/*.test.ts',
            'commands/*.test.ts',
            'conformance/**/*.test.ts',
            'soak/**/*.test.ts',
            'test/examples/*.test.ts',
          ],
          isolate: false,
          setupFiles: leakCheck,
          // Property tests take seconds on a machine that is busy otherwise.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['packages/*/test/**/*.test.ts', 'fuzz/**/*.test.ts'],
          pool: 'forks',
          setupFiles: leakCheck,
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          pool: 'forks',
          sequence: { groupOrder: 1 },
          setupFiles: leakCheck,
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
