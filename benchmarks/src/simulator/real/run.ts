import { Client, credentials } from '@grpc/grpc-js';
import { seededRandom } from '#commands/random.js';
import { startArrivals } from '../arrivals.js';
import { type Outcome, Record } from '../record.js';
import type { Scenario } from '../simulate.js';
import { Farm } from './farm.js';
import { RealTime } from './real-time.js';
import { encodeWork, NO_WORK, WORK_PATH } from './work-call.js';

const identity = (bytes: Buffer): Buffer => bytes;

/** Until a client is connected (ms). */
const CONNECT_MS = 30_000;
/** Between two empty calls (ms). */
const EMPTY_MS = 50;

function clientOf(addresses: readonly string[], policy: object): Promise<Client> {
  const client = new Client(`static:///${addresses.join(',')}`, credentials.createInsecure(), {
    'fairlead.policy': JSON.stringify(policy),
    // Each client has connections of its own, as clients in pods of their own have.
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_http_proxy': 0,
  });
  return new Promise((resolve, reject) => {
    client.waitForReady(Date.now() + CONNECT_MS, (error) =>
      error === undefined ? resolve(client) : reject(error),
    );
  });
}

/** Makes a call and hears whether it was answered in time. */
function call(client: Client, workMs: number, timeoutMs: number, ended: (ok: boolean) => void): void {
  const options = { deadline: Date.now() + timeoutMs };
  client.makeUnaryRequest(WORK_PATH, identity, identity, encodeWork(workMs), options, (error) =>
    ended(error === null),
  );
}

/** What came of a run in real time. */
export interface RealOutcome {
  /** By policy, in their order. */
  readonly outcomes: readonly Outcome[];
  /** Of calls that were answered at once: what network and machine add to every call (ms). */
  readonly empty: Outcome;
}

/**
 * Runs one scenario in real time, for all policies at once, each with clients and servers of its own: grpc-js on both
 * sides, loopback between them. What disturbs the machine disturbs all of them.
 */
export async function runReal(
  { name, scenario }: { readonly name: string; readonly scenario: Scenario },
  policies: readonly object[],
  seed: number,
): Promise<RealOutcome> {
  const farm = await Farm.start(name, policies.length, seed);
  const fleets = await Promise.all(
    policies.map((policy, i) =>
      Promise.all(Array.from({ length: scenario.clients }, () => clientOf(farm.fleets[i] ?? [], policy))),
    ),
  );
  const probe = await clientOf(farm.fleets[0] ?? [], {});
  try {
    farm.begin();
    const [empty, ...outcomes] = await Promise.all([
      emptyCalls(probe, scenario),
      ...fleets.map((clients) => calls(clients, scenario, seed)),
    ]);
    return { outcomes, empty };
  } finally {
    for (const client of [...fleets.flat(), probe]) client.close();
    farm.close();
  }
}

/** The calls that the simulator makes with this seed; resolves when each has ended. */
function calls(clients: readonly Client[], scenario: Scenario, seed: number): Promise<Outcome> {
  const timeline = new RealTime();
  const record = new Record(scenario, timeline);
  // One more than there are: that more calls may come.
  let open = 1;
  return new Promise((resolve) => {
    const ended = (): void => {
      open -= 1;
      if (open === 0) resolve(record.outcome());
    };
    startArrivals(scenario, {
      timeline,
      random: seededRandom(seed + 1_000_003),
      call: ({ client: index, workMs, dueMs }) => {
        const client = clients[index];
        if (client === undefined) return;
        open += 1;
        call(client, workMs, scenario.timeoutMs, (ok) => {
          record.ended(dueMs, ok ? timeline.now - dueMs : null);
          ended();
        });
      },
      over: ended,
    });
  });
}

function emptyCalls(client: Client, scenario: Scenario): Promise<Outcome> {
  const timeline = new RealTime();
  const record = new Record(scenario, timeline);
  return new Promise((resolve) => {
    const next = (dueMs: number): void => {
      call(client, NO_WORK, scenario.timeoutMs, (ok) => {
        record.ended(dueMs, ok ? timeline.now - dueMs : null);
        const nextMs = dueMs + EMPTY_MS;
        if (nextMs < scenario.endMs) timeline.at(nextMs, () => next(nextMs));
        else resolve(record.outcome());
      });
    };
    timeline.at(EMPTY_MS, () => next(EMPTY_MS));
  });
}
