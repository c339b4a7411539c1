import { parentPort, workerData } from 'node:worker_threads';
import { TARGETS } from '../targets.js';
import { CurrentInput } from './current-input.js';
import { explore } from './explore.js';
import type { FromWorker, Task } from './run-target.js';

const { name, seed, forMs, buffer } = workerData as Task;
const tell = (message: FromWorker): void => parentPort?.postMessage(message);
const target = TARGETS.find((each) => each.name === name);
if (target === undefined) throw new Error(`no target ${name}`);
await explore(target, {
  seed,
  forMs,
  current: new CurrentInput(buffer),
  found: (finding) => tell({ finding }),
  progress: (progress) => tell({ progress }),
});
