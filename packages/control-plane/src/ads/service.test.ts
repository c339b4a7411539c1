import { silentLogger } from '@fairlead/discovery';
import { describe, expect, it } from 'vitest';
import { macrotask, VirtualClock } from '../../../discovery/test/doubles/virtual-clock.js';
import { RecordedInterests } from '../../test/doubles/recorded-interests.js';
import { ScriptedCall } from '../../test/doubles/scripted-call.js';
import { ScriptedReviews, tokenOf } from '../../test/doubles/scripted-reviews.js';
import { Gatekeeper } from '../security/gatekeeper.js';
import type { Identity, Reviews } from '../security/reviews.js';
import { Snapshot } from '../snapshot/snapshot.js';
import { AdsService } from './service.js';

const PATH = '/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources';
const MOST = 2;

/** A service whose API server answers when a test lets it. */
function start() {
  const clock = new VirtualClock();
  const scripted = new ScriptedReviews();
  const waiting: (() => void)[] = [];
  const reviews: Reviews = {
    async token(token): Promise<Identity | undefined> {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return scripted.token(token);
    },
    mayList: (identity, namespace) => scripted.mayList(identity, namespace),
  };
  const common = { reviews, clock, logger: silentLogger };
  const interests = new RecordedInterests();
  const service = new AdsService({
    ...common,
    snapshot: new Snapshot(),
    interests,
    limits: {
      maxNames: 2,
      maxStreams: MOST,
      maxStreamsPerAddress: MOST,
      requestRate: { perSecond: 1, burst: 1 },
    },
    gatekeeper: new Gatekeeper({
      ...common,
      byCertificate: false,
      audience: 'fairlead',
      namespaceOf: () => undefined,
    }),
    windowMs: 10,
  });
  let calls = 0;
  const dial = (token = scripted.account(`user-${calls}`)): ScriptedCall => {
    calls += 1;
    const call = new ScriptedCall(`10.0.0.1:${calls}`, token);
    service.methods.get(PATH)?.(call);
    return call;
  };
  const answer = async (): Promise<void> => {
    for (const each of waiting.splice(0)) each();
    await macrotask();
  };
  return { clock, service, interests, dial, answer };
}

type Scene = ReturnType<typeof start>;

async function admitted({ dial, answer }: Scene): Promise<ScriptedCall> {
  const call = dial();
  await answer();
  expect(call.admitted).toBe(true);
  return call;
}

const WAYS: readonly (readonly [string, (scene: Scene) => Promise<void>])[] = [
  ['go', async (scene) => (await admitted(scene)).close()],
  [
    'go before it is known who they are',
    async ({ dial, answer }) => {
      const call = dial();
      call.close();
      await answer();
      expect(call.admitted).toBe(false);
    },
  ],
  [
    'are not admitted',
    async ({ dial, answer }) => {
      const call = dial(tokenOf('nobody'));
      await answer();
      expect(call.status?.code).toBe(16);
      call.close();
    },
  ],
  [
    'send what is no request',
    async (scene) => {
      const call = await admitted(scene);
      call.send(Buffer.from([0xff]));
      expect(call.status?.code).toBe(3);
      call.close();
    },
  ],
  [
    'end their side',
    async (scene) => {
      const call = await admitted(scene);
      call.halfClose();
      expect(call.status?.code).toBe(0);
      call.close();
    },
  ],
];

describe('AdsService', () => {
  it.each(WAYS)('has room again for as many as it may have when clients %s', async (_, way) => {
    const scene = start();
    for (let n = 0; n < 2 * MOST; n++) await way(scene);
    expect(scene.service.clients()).toEqual([]);
    for (let n = 0; n < MOST; n++) await admitted(scene);
    const full = scene.dial();
    expect(full.status).toEqual({ code: 8, details: 'this control plane has 2 streams already' });
    full.close();
    expect(scene.service.clients()).toHaveLength(MOST);
    scene.service.close();
    expect(scene.interests.open).toEqual([]);
  });

  it('counts a client that waits at the door', async () => {
    const { dial, answer } = start();
    for (let n = 0; n < MOST; n++) dial();
    expect(dial().status?.code).toBe(8);
    await answer();
  });

  it('does not admit a client whose answer comes when the end has begun', async () => {
    const { service, dial, answer } = start();
    const call = dial();
    service.drain(0, () => 0);
    await answer();
    expect([call.status?.code, call.admitted]).toEqual([14, false]);
    expect(service.tally.refused.closing).toBe(1);
  });

  it('ends each stream in its turn of a drain, and keeps no timer after that', async () => {
    const scene = start();
    const [first, second] = [await admitted(scene), await admitted(scene)];
    const turns = [0.25, 0.75];
    scene.service.drain(1_000, () => turns.shift() ?? 0);
    await scene.clock.advance(250);
    expect([first.status?.code, second.status?.code]).toEqual([0, undefined]);
    await scene.clock.advance(500);
    expect(second.status?.code).toBe(0);
    for (const call of [first, second]) call.close();
    expect(scene.clock.pending).toBe(0);
  });
});
