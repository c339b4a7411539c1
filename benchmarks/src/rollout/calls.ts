// The process of a caller.
import { Client, credentials } from '@grpc/grpc-js';
import { monotonicMs } from '#commands/wait.js';
import { registerBenchParent } from '../propagation/bench-parent.js';
import { registerFairlead } from '../registration.js';
import { CALL_PATH, type CallerOptions, type Taken } from './caller.js';

/** Between two calls (ms). */
const EVERY_MS = 5;
const TIMEOUT_MS = 5000;

const identity = (bytes: Buffer): Buffer => bytes;
const NOTHING = Buffer.alloc(0);

registerFairlead();
registerBenchParent();
const { target, channelOptions }: CallerOptions = JSON.parse(process.argv[2] ?? '');
const client = new Client(target, credentials.createInsecure(), channelOptions);
let failedBeganMs: number[] = [];
let latencies: number[] = [];

function call(beganMs: number, answered?: () => void): void {
  const options = { deadline: Date.now() + TIMEOUT_MS };
  client.makeUnaryRequest(CALL_PATH, identity, identity, NOTHING, options, (error) => {
    if (error === null) {
      latencies.push(monotonicMs() - beganMs);
      answered?.();
    } else failedBeganMs.push(beganMs);
  });
}

function next(dueMs: number): void {
  call(monotonicMs());
  setTimeout(() => next(dueMs + EVERY_MS), Math.max(0, dueMs + EVERY_MS - monotonicMs()));
}

process.on('message', () => {
  process.send?.({
    ended: latencies.length + failedBeganMs.length,
    failedBeganMs,
    latencies,
  } satisfies Taken);
  failedBeganMs = [];
  latencies = [];
});
process.on('disconnect', () => process.exit());
call(monotonicMs(), () => {
  process.send?.('ready');
  next(monotonicMs());
});
