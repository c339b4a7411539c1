// A thread has modules of its own, so what the main thread registered is not registered there.

import { isMainThread, Worker } from 'node:worker_threads';
import { register } from '@fairlead/client';
import echo from './echo.cjs';

if (isMainThread) {
  register();
  new Worker(new URL(import.meta.url));
} else {
  if (process.env.REGISTER_IN_WORKER) register();
  await echo.run();
}
