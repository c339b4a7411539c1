// One client in a process of its own: what its memory grew by for each endpoint that it connected to.
import { CallingClient, type CallingOptions } from '../calls/calling-client.js';
import { type Memory, readMemory } from '../process-memory.js';
import { registerFairlead } from '../registration.js';
import type { MemoryOrder } from './orders.js';

/** Calls through each client, so that the code is compiled before, and every connection is used. */
const CALLS = 6000;
const CONCURRENCY = 16;

async function connect(options: CallingOptions, endpoints: number): Promise<CallingClient> {
  const client = new CallingClient(options);
  await client.reach(endpoints);
  await client.batch(CALLS, CONCURRENCY);
  return client;
}

async function run(): Promise<void> {
  const { first, all, endpoints } = JSON.parse(process.argv[2] ?? '') as MemoryOrder;
  registerFairlead();
  const clients = [await connect(first, 1)];
  const before = await readMemory();
  clients.push(await connect(all, endpoints));
  const after = await readMemory();
  process.send?.({
    heapBytes: (after.heapBytes - before.heapBytes) / endpoints,
    rssBytes: (after.rssBytes - before.rssBytes) / endpoints,
  } satisfies Memory);
  process.disconnect();
  process.exit();
}

process.on('disconnect', () => process.exit());
run().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
