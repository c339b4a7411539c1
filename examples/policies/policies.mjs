// Calls by each policy, one after the other, and what it did to the shares of the pods.
import { createKubeClient, loadAccess } from '@fairlead/discovery/kubernetes';
import { count, dial, readyPods, warm } from './calls.mjs';

const SLOW = 'shop-3';
const CALLS = 200;
const percent = (part, all) => `${Math.round((part / all) * 100)} %`;
const sum = (counts) => [...counts.values()].reduce((total, each) => total + each, 0);
const share = (counts, pod) => (counts.get(pod) ?? 0) / sum(counts);

/** Prints what a policy did, if it did it; shows the counts if it did not. */
function tell(policy, holds, text, counts) {
  console.log(policy);
  console.log(`  ${holds ? text : `not so: ${JSON.stringify(Object.fromEntries(counts))}`}`);
}

/** A client for the length of `use`. */
async function using(policy, use, { pods: expected = 4, options = {}, ...how } = {}) {
  const client = dial(policy, options);
  await warm(client, expected, how);
  await use(client);
  client.close();
}

const pods = await readyPods(4);

await using('roundRobin', async (client) => {
  const counts = await count(client, CALLS);
  const even = counts.size === 4 && [...counts.values()].every((each) => each === CALLS / 4);
  tell('roundRobin', even, '4 pods, each 25 %', counts);
});

for (const policy of [
  'leastRequest',
  '{"pick":{"loadAware":{}}}',
  '{"pick":{"weightedRoundRobin":{"blackoutMs":0,"updateMs":100}}}',
  'peakEwma',
]) {
  await using(policy, async (client) => {
    const counts = await count(client, CALLS);
    const slow = share(counts, SLOW);
    tell(policy, counts.size >= 3 && slow < 0.2, `${SLOW}, the slow one: ${percent(slow, 1)}`, counts);
  });
}

const BY_USER = '{"pick":{"ringHash":{"header":"x-user"}}}';
await using(
  BY_USER,
  async (client) => {
    const podsOf = new Map();
    for (let i = 0; i < 60; i++) {
      const user = `user-${i % 20}`;
      podsOf.set(user, (podsOf.get(user) ?? new Set()).add(await client.buy({}, user)));
    }
    const same = [...podsOf.values()].every((each) => each.size === 1);
    tell(BY_USER, same, '20 users, each at one pod', podsOf);
  },
  { pods: 1, user: (i) => `user-${i % 20}` },
);

for (const [policy, some] of [
  ['pickFirst', 1],
  ['{"subset":{"size":2}}', 2],
]) {
  await using(
    policy,
    async (client) => {
      const counts = await count(client, CALLS);
      tell(policy, counts.size === some, `${some} of 4 pods`, counts);
    },
    { pods: some },
  );
}

const PREFER_ZONE = '{"zone":{"preferZone":true}}';
const home = pods.find(({ pod }) => pod === 'shop-0').zone;
const local = new Set(pods.filter(({ zone }) => zone === home).map(({ pod }) => pod));
const away = (counts) => sum(new Map([...counts].filter(([pod]) => !local.has(pod))));
await using(
  PREFER_ZONE,
  async (client) => {
    const few = await count(client, 60, { atOnce: local.size });
    tell(PREFER_ZONE, away(few) === 0, `${local.size} calls at a time: all stay in ${home}`, few);
    const many = await count(client, CALLS, { atOnce: 40 });
    tell(PREFER_ZONE, away(many) > 0, `40 at a time: ${percent(away(many), CALLS)} leave it`, many);
  },
  { pods: local.size, atOnce: 2, options: { 'fairlead.zone': home } },
);

const OUTLIERS = '{"outliers":{"consecutiveFailures":5}}';
await using(OUTLIERS, async (client) => {
  const request = { fail: 'shop-1' };
  const first = await count(client, CALLS, { request });
  const failed = first.get('failed') ?? 0;
  const after = await count(client, CALLS, { request });
  const holds = failed > 0 && failed < CALLS / 10 && !after.has('failed');
  tell(OUTLIERS, holds, `shop-1 fails: out after ${failed} calls`, new Map([...first, ...after]));
});

const SLOW_START = '{"pick":{"roundRobin":{}},"slowStart":{"windowMs":60000,"minShare":0.01}}';
await using(SLOW_START, async (slowly) => {
  const api = createKubeClient(loadAccess());
  const statefulSets = { group: 'apps', version: 'v1', resource: 'statefulsets' };
  await api.patch(statefulSets, 'shop', { spec: { replicas: 5 } }, { namespace: 'default' });
  api.close();
  await readyPods(5);
  await using('roundRobin', () => count(slowly, 50), { pods: 5 });
  const counts = await count(slowly, CALLS);
  tell(SLOW_START, share(counts, 'shop-4') < 0.15, 'shop-4, the new one: fewer than its 20 %', counts);
});
