import { setTimeout as sleep } from 'node:timers/promises';
import { register } from '@fairlead/client';
import { resolveEndpoints } from '@fairlead/discovery';
import { credentials, Metadata, makeClientConstructor } from '@grpc/grpc-js';
import { shopDefinition } from './shop.mjs';

export const TARGET = 'k8s:///shop.default:8088';
const Shop = makeClientConstructor(shopDefinition, 'Shop');
register();

/** The endpoints, once so many are ready. */
export async function readyPods(count) {
  for (;;) {
    const { endpoints } = await resolveEndpoints(TARGET);
    const ready = endpoints.filter((each) => each.ready);
    if (ready.length === count) return ready;
    await sleep(100);
  }
}

/** A client with a policy, said in one line. */
export function dial(policy, options = {}) {
  const client = new Shop(TARGET, credentials.createInsecure(), { ...options, 'fairlead.policy': policy });
  const buy = (request, user) =>
    new Promise((resolve) => {
      const metadata = new Metadata();
      if (user) metadata.set('x-user', user);
      const deadline = Date.now() + 30_000;
      client.Buy(request, metadata, { deadline }, (error, reply) => resolve(error ? 'failed' : reply.pod));
    });
  return { buy, close: () => client.close() };
}

/** So many calls, some at a time; how many each pod answered, and how many failed. */
export async function count({ buy }, calls, { atOnce = 8, request = {}, user = () => undefined } = {}) {
  const counts = new Map();
  let next = 0;
  const caller = async () => {
    while (next < calls) {
      const pod = await buy(request, user(next++));
      counts.set(pod, (counts.get(pod) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
  return counts;
}

/** Calls until the pods that a policy uses are connected and have reported. */
export async function warm(client, pods, options) {
  const seen = new Set();
  const endMs = Date.now() + 20_000;
  while (seen.size < pods && Date.now() < endMs) {
    for (const pod of (await count(client, 20, options)).keys()) seen.add(pod);
  }
  await count(client, 50, options);
}
