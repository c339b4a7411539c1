import { silentLogger } from '@fairlead/discovery';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { macrotask, VirtualClock } from '../../../discovery/test/doubles/virtual-clock.js';
import { RecordedInterests } from '../../test/doubles/recorded-interests.js';
import { ScriptedCall } from '../../test/doubles/scripted-call.js';
import { ScriptedReviews } from '../../test/doubles/scripted-reviews.js';
import { changedCluster, endpointsOf, putTarget } from '../../test/doubles/targets.js';
import { XdsClient } from '../../test/doubles/xds-client.js';
import { PUSH_ORDER, type ResourceType } from '../resource-type.js';
import { Gatekeeper } from '../security/gatekeeper.js';
import { Snapshot } from '../snapshot/snapshot.js';
import { AdsService } from './service.js';

const NAMES = ['a.n:1', 'b.n:1', 'c.m:1', 'd.m:1'];
const PUBLISHED = ['a.n:1', 'c.m:1'];
const WINDOW_MS = 10;
/** After so long every right was asked for again (ms). */
const RIGHTS_MS = 61_000;

type Step =
  | { readonly kind: 'want'; readonly type: ResourceType; readonly names: readonly string[] }
  | { readonly kind: 'endpoints'; readonly name: string; readonly host: number }
  | { readonly kind: 'cluster'; readonly name: string }
  | { readonly kind: 'answer'; readonly type: ResourceType; readonly refuse: boolean }
  | { readonly kind: 'right'; readonly namespace: string; readonly allowed: boolean }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'receive' | 'stop' | 'flow' | 'turn' | 'reconnect' };

const someType = fc.constantFrom(...PUSH_ORDER);
const someName = fc.constantFrom(...NAMES);
const someStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('want'), type: someType, names: fc.subarray(NAMES) }),
  },
  fc.record({
    kind: fc.constant('want'),
    type: fc.constantFrom('cluster', 'listener'),
    names: fc.subarray(NAMES).map((names) => [...names, '*']),
  }),
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('endpoints'), name: someName, host: fc.nat({ max: 9 }) }),
  },
  fc.record({ kind: fc.constant('cluster'), name: someName }),
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('answer'), type: someType, refuse: fc.boolean() }) },
  fc.record({
    kind: fc.constant('right'),
    namespace: fc.constantFrom('n', 'm'),
    allowed: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('wait'), ms: fc.constantFrom(1, WINDOW_MS, RIGHTS_MS) }),
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('receive', 'turn') }) },
  fc.record({ kind: fc.constantFrom('stop', 'flow', 'reconnect') }),
) as fc.Arbitrary<Step>;

/** A service with clients of both protocols; with rights, each client has an account of its own. */
function world(count: number, { rights }: { readonly rights: boolean }) {
  const clock = new VirtualClock();
  const snapshot = new Snapshot();
  const interests = new RecordedInterests();
  const reviews = new ScriptedReviews();
  for (const name of NAMES) putTarget(snapshot, name, '10.0.0.1');
  for (const type of ['cluster', 'listener'] as const) snapshot.setWildcard(type, PUBLISHED);
  const namesOf = new Map<string, string>();
  const note = (): void => {
    for (const type of PUSH_ORDER)
      for (const name of NAMES) namesOf.set(`${type} ${snapshot.resource(type, name)?.version}`, name);
  };
  note();
  snapshot.subscribe(note);
  const options = { reviews, clock, logger: silentLogger, byCertificate: false, audience: 'a' };
  const gatekeeper = rights
    ? new Gatekeeper({ ...options, namespaceOf: (name) => /^\w+\.(\w+):/.exec(name)?.[1] })
    : undefined;
  const requestRate = { perSecond: 1e6, burst: 1e6 };
  const limits = { maxNames: 10, maxStreams: count, maxStreamsPerAddress: count, requestRate };
  const service = new AdsService({
    snapshot,
    interests,
    clock,
    logger: silentLogger,
    limits,
    gatekeeper,
    windowMs: WINDOW_MS,
  });
  const clients = Array.from({ length: count }, (_, n) => {
    const client = new XdsClient(
      n % 2 === 0 ? 'sotw' : 'delta',
      (type, version) => namesOf.get(`${type} ${version}`) ?? '',
    );
    const user = `user-${n}`;
    const token = reviews.account(user);
    for (const namespace of ['n', 'm']) reviews.permitted.add(`${user} ${namespace}`);
    const connect = async (): Promise<void> => {
      client.connect(new ScriptedCall(`10.0.0.1:${n}`, token));
      service.methods.get(client.path)?.(client.call);
      while (!client.call.admitted) await macrotask();
      client.begin();
    };
    const sees = (name: string): boolean =>
      !rights || reviews.permitted.has(`${user} ${name.slice(name.indexOf('.') + 1, -2)}`);
    return { client, user, connect, sees };
  });
  return { clock, snapshot, interests, reviews, service, clients };
}

type World = ReturnType<typeof world>;

async function play(
  step: Step,
  at: World['clients'][number],
  { clock, snapshot, reviews }: World,
): Promise<void> {
  const { client, user, connect } = at;
  switch (step.kind) {
    case 'want':
      client.want(step.type, step.names);
      return;
    case 'endpoints':
      snapshot.update(endpointsOf(step.name, ...(step.host === 0 ? [] : [`10.0.0.${step.host}`])));
      return;
    case 'cluster':
      snapshot.update([changedCluster(step.name)]);
      return;
    case 'answer':
      client.answer(step.type, step.refuse);
      return;
    case 'right':
      if (step.allowed) reviews.permitted.add(`${user} ${step.namespace}`);
      else reviews.permitted.delete(`${user} ${step.namespace}`);
      return;
    case 'wait':
      await clock.advance(step.ms);
      return;
    case 'receive':
      client.receive();
      return;
    case 'turn':
      await macrotask();
      return;
    case 'reconnect':
      await connect();
      return;
    default:
      client.call.flows = step.kind === 'flow';
  }
}

/** As long as it takes to tell everybody of what happened. */
async function pass(clock: VirtualClock): Promise<void> {
  await clock.advance(2 * WINDOW_MS);
  // Many are told in several turns.
  for (let turn = 0; turn < 5; turn++) await macrotask();
}

/** Everybody reads, answers and comes back until nothing is said any more. */
async function settle({ clock, clients }: World, rights: boolean): Promise<void> {
  for (const { client } of clients) client.call.flows = true;
  if (rights) for (let n = 0; n < 2; n++) await clock.advance(RIGHTS_MS);
  for (const { client, connect } of clients) if (client.call.status !== undefined) await connect();
  for (let isSpoken = true; isSpoken; ) {
    await pass(clock);
    isSpoken = false;
    for (const { client } of clients) {
      const types = new Set<ResourceType>();
      client.onRead = ({ type }) => types.add(type);
      while (client.receive()) isSpoken = true;
      for (const type of types) client.answer(type, false);
    }
  }
}

function expectNewest({ snapshot, clients }: World): void {
  for (const { client, sees } of clients) {
    for (const type of PUSH_ORDER) {
      const wanted = client.wanted.get(type) ?? [];
      const all = wanted.includes('*') ? [...wanted, ...PUBLISHED] : wanted;
      const names = new Set(all.filter((name) => name !== '*' && sees(name)));
      const newest = new Map([...names].map((name) => [name, snapshot.resource(type, name)?.version]));
      // What only a name stood for, and the name is given up, stays beside a wildcard: nothing is ever said to be removed.
      const isMeant = (name: string): boolean => sees(name) && (names.has(name) || !wanted.includes('*'));
      const held = new Map([...(client.held.get(type) ?? [])].filter(([name]) => isMeant(name)));
      expect([client.protocol, type, held]).toEqual([client.protocol, type, newest]);
    }
  }
}

/** Those who are on the other side are told nothing that they were told before. */
async function expectSilence(those: World): Promise<void> {
  const { snapshot, clock, clients } = those;
  snapshot.update(endpointsOf('a.n:1', '10.0.1.1'));
  await pass(clock);
  for (const { client, sees } of clients) {
    const told: string[] = [];
    client.onRead = ({ type, resources }) =>
      told.push(...[...resources.keys()].map((name) => `${type} ${name}`));
    while (client.receive()) client.answer('endpoints', false);
    const isConcerned = client.wanted.get('endpoints')?.includes('a.n:1') === true && sees('a.n:1');
    expect(told).toEqual(isConcerned ? ['endpoints a.n:1'] : []);
  }
}

async function judge(
  { count, rights }: { readonly count: number; readonly rights: boolean },
  steps: readonly (readonly [number, Step])[],
): Promise<void> {
  const those = world(count, { rights });
  const { interests, service, clients, clock } = those;
  for (const { connect } of clients) await connect();
  for (const [n, step] of steps) {
    const at = clients[n % count];
    if (at !== undefined) await play(step, at, those);
  }
  await settle(those, rights);
  expectNewest(those);
  await expectSilence(those);
  expect(service.clients()).toHaveLength(count);
  for (const { client } of clients) client.call.close();
  expect(service.clients()).toEqual([]);
  expect(interests.open).toEqual([]);
  service.close();
  if (!rights) expect(clock.pending).toBe(0);
}

describe('clients of one service', () => {
  const history = (clients: number, length: number) =>
    fc.array(fc.tuple(fc.nat({ max: clients - 1 }), someStep), { maxLength: length, size: 'max' });

  it('hold the newest of all that they want when nothing happens any more, whatever came before', async () => {
    const property = fc.asyncProperty(history(4, 60), (steps) => judge({ count: 4, rights: false }, steps));
    await fc.assert(property, { numRuns: 200 });
  });

  it('hold what they may see, however their rights come and go', async () => {
    const property = fc.asyncProperty(history(4, 60), (steps) => judge({ count: 4, rights: true }, steps));
    await fc.assert(property, { numRuns: 150 });
  });

  it('hold the newest when there are more of them than are told in one turn', async () => {
    const everybody = Array.from({ length: 450 }, (_, n): [number, Step] => [
      n,
      { kind: 'want', type: 'endpoints', names: NAMES },
    ]);
    await fc.assert(
      fc.asyncProperty(history(450, 60), (steps) =>
        judge({ count: 450, rights: false }, [...everybody, ...steps, ...steps]),
      ),
      { numRuns: 5 },
    );
  });
});
