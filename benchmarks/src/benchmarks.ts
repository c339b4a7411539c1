import { amplification } from './amplification/amplification.js';
import type { Benchmark } from './benchmark.js';
import { calls } from './calls/calls.js';
import { clients } from './clients/clients.js';
import { dns } from './dns/dns.js';
import { fanOut } from './fan-out/fan-out.js';
import { loadReport } from './load-report/load-report.js';
import { memory } from './memory/memory.js';
import { memoryXds } from './memory-xds/memory-xds.js';
import { pick, pickStream } from './pick/pick.js';
import { propagation } from './propagation/propagation.js';
import { propagationXds } from './propagation-xds/propagation-xds.js';
import { push } from './push/push.js';
import { reports } from './reports/reports.js';
import { rollout } from './rollout/rollout.js';
import { storm } from './storm/storm.js';
import { updateBlock } from './update-block/update-block.js';
import { weights } from './weights/weights.js';

/** All benchmarks, in the order in which they run. */
export const BENCHMARKS: readonly Benchmark[] = [
  propagation,
  updateBlock,
  pick,
  pickStream,
  calls,
  reports,
  memory,
  weights,
  loadReport,
  push,
  fanOut,
  amplification,
  storm,
  propagationXds,
  memoryXds,
  clients,
  dns,
  rollout,
];
