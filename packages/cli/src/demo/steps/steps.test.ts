import { describe, expect, it } from 'vitest';
import { type FakeCluster, failure, fakeStage } from '../../../test/doubles/fake-stage.js';
import type { Outcome, Told } from '../claim.js';
import type { Step } from '../stage.js';
import { apiOutage } from './api-outage.js';
import { clusterIp, dnsSpread } from './plain-spread.js';
import { podKilled } from './pod-killed.js';
import { rollingRestart } from './rolling-restart.js';
import { scaleUpStep } from './scale-up.js';
import { srvRecords } from './srv-records.js';

/** Calls on the first pods, in order. */
const calls = (...counts: number[]): Record<string, number> =>
  Object.fromEntries(counts.map((count, n) => [`10.0.0.${n + 1}:8088`, count]));

function told(outcome: Outcome): Told {
  if ('why' in outcome) throw new Error(`left out: ${outcome.why}`);
  return outcome;
}

const judge = async (step: Step, cluster: FakeCluster): Promise<boolean> =>
  told(await step.run(fakeStage(cluster))).claim.holds;

describe('srv-records', () => {
  const records = (n: number, weight = 25, port = 8088) =>
    Array.from({ length: n }, (_, i) => ({ priority: 0, weight, port, name: `pod-${i}.serv-ca` }));

  it.each([
    [records(4), true],
    [records(3), false],
    [[...records(3), ...records(1, 24)], false],
    [[...records(3), ...records(1, 25, 80)], false],
    [[], false],
  ])('judges %j: %s', async (answer, holds) => {
    const outcome = await srvRecords.run(fakeStage({ overrides: { resolveSrv: async () => answer } }));
    expect(told(outcome).claim.holds).toBe(holds);
  });

  it('is left out without a cluster DNS', async () => {
    const outcome = await srvRecords.run(fakeStage({ overrides: { dns: { missing: 'out of reach' } } }));
    expect(outcome).toEqual({ id: 'srv-records', why: 'out of reach' });
  });
});

describe('cluster-ip', () => {
  it.each([
    [{ 'pod-2': 1000 }, true],
    [{ 'pod-2': 999, 'pod-3': 1 }, false],
  ])('judges %j: %s', async (ok, holds) => {
    expect(await judge(clusterIp, { clusterIp: { ok } })).toBe(holds);
  });

  it('is left out where virtual IPs are out of reach', async () => {
    const stage = fakeStage({ overrides: { vip: { missing: 'out of reach' } } });
    expect(await clusterIp.run(stage)).toEqual({ id: 'cluster-ip', why: 'out of reach' });
  });
});

describe('dns-round-robin', () => {
  it.each([
    [calls(250, 250, 250, 250), true],
    [calls(230, 250, 250, 270), true],
    [calls(220, 250, 250, 280), false],
  ])('judges %j: %s', async (ok, holds) => {
    expect(await judge(dnsSpread, { dns: { ok } })).toBe(holds);
  });

  it('says in words how the calls were spread', async () => {
    const outcome = await dnsSpread.run(fakeStage({ dns: { ok: calls(250, 250, 250, 250) } }));
    expect(told(outcome).words[0]).toMatch(/^1,000 calls in \d+ ms: 25\.0, 25\.0, 25\.0, 25\.0 %$/);
  });
});

describe('scale-up', () => {
  const six = calls(9, 9, 9, 9, 9, 9);

  it.each([
    ['new pods are found by Fairlead only', { dns: { ok: calls(9, 9, 9, 9) }, fairlead: { ok: six } }, true],
    [
      'Fairlead lost a call',
      { dns: { ok: calls(9, 9, 9, 9) }, fairlead: { ok: six, failures: [failure('-', 0)] } },
      false,
    ],
  ])('judges that %s', async (_, cluster, holds) => {
    // Before the scaling both clients know the four pods that there are.
    const stage = fakeStage(cluster);
    const { until } = stage.waits;
    const waits = {
      ...stage.waits,
      until: (what: string, condition: () => boolean | Promise<boolean>) =>
        what.startsWith('both clients') ? Promise.resolve() : until(what, condition),
    };
    expect(told(await scaleUpStep.run({ ...stage, waits })).claim.holds).toBe(holds);
  });

  it('gives up when Fairlead never calls a new pod', async () => {
    const cluster = { dns: { ok: calls(9, 9, 9, 9) }, fairlead: { ok: calls(9, 9, 9, 9) } };
    await expect(scaleUpStep.run(fakeStage(cluster))).rejects.toThrow('Fairlead has called every pod');
  });
});

describe('rolling-restart', () => {
  it('holds when Fairlead lost nothing, whatever dns:/// lost', async () => {
    const cluster = {
      fairlead: { ok: calls(500, 500) },
      dns: { ok: calls(500), failures: [failure('-', 0), failure('-', 1)] },
    };
    const { claim, words } = told(await rollingRestart.run(fakeStage(cluster)));
    expect(claim).toMatchObject({
      holds: true,
      figures: { calls: 1000, failed: 0, dnsCalls: 502, dnsFailed: 2 },
    });
    expect(words[0]).toMatch(/^0 of 1,000 calls failed, restarted in \d+ ms; with dns:\/\/\/ 2 of 502$/);
  });

  it('does not hold when one call failed, and says why', async () => {
    const cluster = { fairlead: { ok: calls(500, 500), failures: [failure('10.0.0.1:8088', 0)] } };
    const { claim, words } = told(await rollingRestart.run(fakeStage(cluster)));
    expect(claim.holds).toBe(false);
    expect(words[1]).toBe('status 14 Connection dropped');
  });

  it('does not hold when no call was made', async () => {
    expect(await judge(rollingRestart, {})).toBe(false);
  });
});

describe('pod-killed', () => {
  const FAR = 8_640_000_000_000_000;
  const victim = '10.0.0.1:8088';
  /** Its removal was read once long ago, and again after the kill. */
  const goneSince = (_: string, killed: boolean): number => (killed ? FAR : 1);
  const ok = { ok: calls(500, 500) };

  it.each([
    ['calls failed that were on their way to it', [failure(victim, FAR - 1), failure(victim, FAR)], [], true],
    ['nothing failed', [], [], true],
    ['a call failed that was made after the removal was read', [failure(victim, FAR + 1)], [], false],
    ['a call to another pod failed', [failure('10.0.0.2:8088', FAR - 1)], [], false],
    ['a call failed that had no connection', [failure('-', FAR - 1)], [], false],
    ['a call failed with retries', [], [failure(victim, FAR - 1)], false],
    ['its answer had begun', [], [{ ...failure(victim, FAR - 1), begun: true }], true],
    ['an answer of another pod had begun', [], [{ ...failure('10.0.0.2:8088', FAR), begun: true }], false],
  ])('judges that %s', async (_, failures, withRetry, holds) => {
    const cluster = { goneSince, fairlead: { ...ok, failures }, retrying: { ...ok, failures: withRetry } };
    expect(await judge(podKilled, cluster)).toBe(holds);
  });

  it('waits for a removal that was read after the kill, not for an older one', async () => {
    await expect(
      podKilled.run(fakeStage({ goneSince: () => 1, fairlead: ok, retrying: ok })),
    ).rejects.toThrow('the removal of 10.0.0.1:8088 is read');
  });

  it('is left out where no pod can be killed', async () => {
    const outcome = await podKilled.run(fakeStage({ overrides: { faults: undefined } }));
    expect(outcome).toMatchObject({ id: 'pod-killed', why: expect.stringContaining('cannot kill') });
  });
});

describe('api-outage', () => {
  const five = { ok: calls(99, 99, 99, 99, 9) };

  it('does not hold when no call was made meanwhile', async () => {
    expect(await judge(apiOutage, { fairlead: five, states: ['stale', 'live'] })).toBe(false);
  });

  it.each([
    ['calls went on and the new pod was called', five, ['stale', 'live'], true],
    ['a call failed', { ...five, failures: [failure('-', 0)] }, ['stale', 'live'], false],
    ['nobody noticed the outage', five, [], false],
  ])('judges that %s', async (_, fairlead, states, holds) => {
    const stage = fakeStage({ fairlead, states });
    let looked = 0;
    const { count } = stage.clients.fairlead;
    // Calls went on: there are more each time that somebody looks.
    const growing = {
      ...stage.clients.fairlead,
      get count() {
        return { ...count, calls: count.calls + looked++ };
      },
    };
    const outcome = await apiOutage.run({ ...stage, clients: { ...stage.clients, fairlead: growing } });
    expect(told(outcome).claim.holds).toBe(holds);
  });
});
