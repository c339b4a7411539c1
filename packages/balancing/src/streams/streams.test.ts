import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONTEXT, call, candidate, candidates, hostOf, tally } from '../../test/hosts.js';
import { type RigStream, StreamRig } from '../../test/streams.js';

/** Long enough for one move after the other to be over. */
const LONG_MS = 60_000;
const POLICIES = ['roundRobin', 'leastRequest', 'loadAware', 'weightedRoundRobin', 'peakEwma'];
const UNAVAILABLE = { code: 14, latencyMs: 1, streaming: true };

const spread = (counts: readonly number[]): number => Math.max(...counts) - Math.min(...counts);
const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
const minus = (before: readonly number[], after: readonly number[]): number =>
  sum(before.map((count, i) => Math.max(0, count - (after[i] ?? 0))));

describe.each(POLICIES)('under %s', (policy) => {
  const config = { pick: { [policy]: {} } };

  it('streams that are opened one by one are within one of each other', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 0, max: 200 }),
        fc.nat(),
        (n, m, seed) => {
          const rig = new StreamRig(config, seed);
          rig.list(candidates(n));
          rig.startMany(m);
          expect(spread(rig.counts(candidates(n)))).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  it('a unary call does not avoid an endpoint for the streams that it holds', () => {
    const rig = new StreamRig(config);
    rig.list(candidates(2));
    const held = rig.startMany(100).filter(({ slot }) => slot.key === candidate(0).key);
    for (const stream of rig.open) if (!held.includes(stream)) rig.end(stream);
    const counts = tally(Array.from({ length: 2_000 }, () => call(rig.pipeline)));
    for (const { key } of candidates(2)) expect(counts.get(key)).toBeGreaterThan(800);
  });

  it('a stream does not avoid an endpoint for the calls that it has', () => {
    const rig = new StreamRig(config);
    rig.list(candidates(3));
    for (let i = 0; i < 50; i++) {
      const slot = rig.pipeline.pick(CONTEXT);
      if (slot?.key === candidate(0).key) rig.pipeline.started(slot);
    }
    rig.pipeline.endOfTurn();
    rig.startMany(9);
    expect(rig.counts(candidates(3))).toEqual([3, 3, 3]);
  });
});

describe('where streams begin', () => {
  it('picks of one turn are counted before they start', () => {
    const { pipeline } = new StreamRig();
    for (const key of pipeline.update(candidates(4)).connect) pipeline.connection(key, 'ready');
    const picked = Array.from({ length: 8 }, () =>
      pipeline.pick({ header: () => undefined, streaming: true }),
    );
    expect([...tally(picked.map((slot) => slot?.key ?? '')).values()]).toEqual([2, 2, 2, 2]);
  });

  it('they wait until the first list is connected, or a quarter of a second', () => {
    const stream = { header: () => undefined, streaming: true };
    const rig = new StreamRig();
    const { pipeline } = rig;
    pipeline.update(candidates(3));
    pipeline.connection(candidate(0).key, 'ready');
    expect(pipeline.pick(stream)).toBeNull();
    expect(pipeline.pick(CONTEXT)).not.toBeNull();
    expect(pipeline.nextWakeMs).toBe(1_250);
    pipeline.connection(candidate(1).key, 'failed');
    expect(pipeline.pick(stream)).toBeNull();
    rig.pass(250);
    expect(pipeline.pick(stream)?.key).toBe(candidate(0).key);
    expect(pipeline.nextWakeMs).toBeNull();
    pipeline.connection(candidate(2).key, 'ready');
    pipeline.update(candidates(4));
    expect(pipeline.pick(stream)).not.toBeNull();
  });

  it('they wait no longer than the last connection takes', () => {
    const { pipeline } = new StreamRig();
    pipeline.update(candidates(2));
    pipeline.connection(candidate(0).key, 'ready');
    pipeline.connection(candidate(1).key, 'ready');
    expect(pipeline.pick({ header: () => undefined, streaming: true })).not.toBeNull();
    expect(pipeline.nextWakeMs).toBeNull();
  });

  it('picks that are never started are forgotten with their turn', () => {
    const rig = new StreamRig();
    rig.list(candidates(2));
    const dropped = rig.pipeline.pick({ header: () => undefined, streaming: true });
    rig.pipeline.endOfTurn();
    expect(rig.start().slot).toBe(dropped);
  });

  it('weights are the shares', () => {
    const rig = new StreamRig();
    const list = [1, 2, 3, 4].map((weight, n) => candidate(n, { weight }));
    rig.list(list);
    rig.startMany(100);
    for (const [i, count] of rig.counts(list).entries())
      expect(Math.abs(count - 10 * (i + 1))).toBeLessThan(2);
  });

  it('many clients with one stream each are as even as by lot, weights included', () => {
    const list = [1, 1, 2, 4].map((weight, n) => candidate(n, { weight }));
    const keys = Array.from({ length: 4_000 }, (_, seed) => {
      const rig = new StreamRig({}, seed * 7919);
      rig.list(list);
      return rig.start().slot.key;
    });
    const counts = tally(keys);
    // The lot is not exactly in proportion, but nobody is left out and nobody gets it all.
    expect(counts.get(candidate(0).key)).toBeGreaterThan(250);
    expect(counts.get(candidate(3).key)).toBeGreaterThan(1_800);
    expect(counts.get(candidate(3).key)).toBeLessThan(2_700);
  });

  it('an endpoint at which a stream failed comes last for a second', () => {
    const rig = new StreamRig();
    rig.list(candidates(3));
    const { slot } = rig.start();
    for (const stream of rig.open) rig.end(stream, UNAVAILABLE);
    rig.startMany(20);
    expect(rig.counts(candidates(3)).filter((count) => count === 10)).toHaveLength(2);
    rig.nowMs += 1_000;
    expect(rig.start().slot.key).toBe(slot.key);
  });

  it('if streams fail everywhere they go on to be spread', () => {
    const rig = new StreamRig();
    rig.list(candidates(3));
    for (let i = 0; i < 9; i++) rig.end(rig.start(), UNAVAILABLE);
    rig.startMany(9);
    expect(rig.counts(candidates(3))).toEqual([3, 3, 3]);
  });

  it('a key of ringHash decides for streams too', () => {
    const rig = new StreamRig({ pick: { ringHash: { header: 'user' } } });
    rig.list(candidates(5));
    const context = { header: () => 'somebody', streaming: true };
    const keys = Array.from({ length: 20 }, () => rig.pipeline.pick(context)?.key);
    expect(new Set(keys).size).toBe(1);
  });
});

describe('after a scale-up', () => {
  it('1,000 streams on three endpoints end even on five, by as few moves as there can be', () => {
    const rig = new StreamRig();
    rig.list(candidates(3));
    rig.startMany(1_000);
    const before = rig.counts(candidates(5));
    rig.list(candidates(5));
    rig.pass(LONG_MS);
    expect(rig.counts(candidates(5))).toEqual([200, 200, 200, 200, 200]);
    expect(rig.asked).toHaveLength(minus(before, [200, 200, 200, 200, 200]));
    rig.pass(LONG_MS);
    expect(rig.pipeline.nextWakeMs).toBeNull();
  });

  it('any number of streams ends even, by the fewest moves and a few', () => {
    const scale = fc.record({
      from: fc.integer({ min: 1, max: 12 }),
      more: fc.integer({ min: 1, max: 12 }),
      streams: fc.integer({ min: 0, max: 300 }),
      ended: fc.integer({ min: 0, max: 40 }),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(scale, ({ from, more, streams, ended, seed }) => {
        const rig = new StreamRig({}, seed);
        rig.list(candidates(from));
        rig.startMany(streams);
        [...rig.open].slice(0, ended).forEach((stream) => void rig.end(stream));
        rig.pass(LONG_MS);
        const all = candidates(from + more);
        const before = rig.counts(all);
        const moved = rig.asked.length;
        rig.list(all);
        rig.pass(LONG_MS);
        const counts = rig.counts(all);
        const fair = rig.open.size / all.length;
        for (const count of counts) {
          const off = Math.abs(count - fair);
          expect(off < 2 || off <= fair * 0.25).toBe(true);
        }
        const fewest = minus(
          before,
          before.map(() => Math.ceil(fair)),
        );
        expect(rig.asked.length - moved).toBeLessThanOrEqual(fewest + all.length);
      }),
    );
  });

  it('many clients with one stream each move as many as the new endpoints have to get', () => {
    const rigs = Array.from({ length: 1_000 }, (_, seed) => new StreamRig({}, seed * 104_729));
    for (const rig of rigs) {
      rig.list(candidates(2));
      rig.start();
      rig.list(candidates(4));
      rig.pass(LONG_MS);
    }
    const counts = tally(rigs.flatMap(({ open }) => [...open].map(({ slot }) => slot.key)));
    for (const { key } of candidates(4)) expect(Math.abs((counts.get(key) ?? 0) - 250)).toBeLessThan(60);
    expect(Math.max(...rigs.map(({ asked }) => asked.length))).toBe(1);
    // No stampede: in no tenth of the time come more than a fifth of them.
    const times = rigs.flatMap(({ asked }) => asked.map(({ atMs }) => Math.floor((atMs - 1_000) / 1_000)));
    for (const tenth of tally(times.map(String)).values()) expect(tenth).toBeLessThan(times.length / 5);
  });

  it('moves are spread over the time that the config says', () => {
    const rig = new StreamRig({ streams: { spreadMs: 20_000 } });
    rig.list(candidates(1));
    rig.startMany(400);
    rig.list(candidates(2));
    rig.pass(10_000);
    expect(Math.abs(rig.asked.length - 100)).toBeLessThan(30);
    rig.pass(15_000);
    expect(rig.counts(candidates(2))).toEqual([200, 200]);
  });

  it('slow start is respected: a new endpoint gets no more than its share of the moment', () => {
    const rig = new StreamRig({ slowStart: { windowMs: 10_000, minShare: 0.1 }, streams: { spreadMs: 0 } });
    rig.list(candidates(3));
    rig.startMany(300);
    rig.list(candidates(4));
    let before = 0;
    for (let second = 1; second <= 10; second++) {
      rig.pass(1_000);
      const share = Math.max(0.1, second / 10);
      const [, , , count = 0] = rig.counts(candidates(4));
      expect(count).toBeLessThanOrEqual(Math.ceil((300 * share) / (3 + share)) + 1);
      expect(count).toBeGreaterThanOrEqual(before);
      before = count;
    }
    rig.pass(1_000);
    expect(rig.counts(candidates(4))).toEqual([75, 75, 75, 75]);
  });

  it('an application that takes its time is not asked for more than it takes', () => {
    const rig = new StreamRig();
    const late: RigStream[] = [];
    rig.onMove = (stream) => void late.push(stream);
    rig.list(candidates(3));
    rig.startMany(90);
    rig.list(candidates(4));
    rig.pass(30_000);
    const asked = late.length;
    expect(Math.abs(asked - 22.5)).toBe(0.5);
    for (const stream of late) rig.reopen(stream);
    expect(spread(rig.counts(candidates(4)))).toBeLessThanOrEqual(1);
    rig.pass(LONG_MS);
    expect(late).toHaveLength(asked);
  });

  it('a stream that stays where it is counts there again after a minute, and is the last to be asked again', () => {
    const rig = new StreamRig({ streams: { spreadMs: 0 } });
    rig.onMove = () => {};
    rig.list(candidates(1));
    rig.startMany(4);
    rig.list(candidates(2));
    rig.pass(59_000);
    expect(rig.asked).toHaveLength(2);
    rig.pass(3_000);
    expect(rig.asked).toHaveLength(4);
    expect(new Set(rig.asked.map(({ stream }) => stream)).size).toBe(4);
  });
});

describe('no stream is asked to move', () => {
  it('where the application does not ask to be told', () => {
    const rig = new StreamRig();
    rig.list(candidates(2));
    rig.startMany(100, false);
    rig.list(candidates(4));
    expect(rig.pipeline.nextWakeMs).toBeNull();
    rig.pass(LONG_MS);
    expect(rig.asked).toEqual([]);
  });

  it('while the spread is off by less than the config says', () => {
    const rig = new StreamRig({ streams: { thresholdPercent: 50 } });
    rig.list(candidates(4));
    const streams = rig.startMany(80);
    const first = streams.filter(({ slot }) => slot.key === candidate(0).key);
    for (const stream of first.slice(0, 8)) rig.end(stream);
    rig.pass(LONG_MS);
    expect(rig.asked).toEqual([]);
    for (const stream of first.slice(8, 14)) rig.end(stream);
    rig.pass(LONG_MS);
    expect(spread(rig.counts(candidates(4)))).toBeLessThanOrEqual(1);
    expect(rig.asked.map(({ reason }) => reason)).toEqual(Array(rig.asked.length).fill('imbalance'));
  });

  it('while short streams come and go beside it', () => {
    const rig = new StreamRig();
    rig.list(candidates(3));
    rig.startMany(3);
    const random = hostOf(3).random;
    const short: RigStream[] = [];
    for (let i = 0; i < 6_000; i++) {
      // Twelve come together; they end one by one, in any order, within a second and a half.
      if (short.length === 0) short.push(...rig.startMany(12, false));
      for (const stream of short.splice(Math.floor(random() * short.length), 1)) rig.end(stream);
      rig.pass(120);
    }
    expect(rig.asked).toEqual([]);
  });

  it('when few streams end by chance', () => {
    const rig = new StreamRig();
    rig.list(candidates(10));
    const streams = rig.startMany(15);
    for (const stream of streams.slice(0, 10)) rig.end(stream);
    rig.pass(LONG_MS);
    expect(rig.asked).toEqual([]);
  });

  it('when another config comes and the spread is even', () => {
    const rig = new StreamRig();
    rig.list(candidates(10));
    rig.startMany(4);
    rig.reconfigure({ pick: { roundRobin: {} } }, candidates(10));
    rig.pass(LONG_MS);
    expect(rig.asked).toEqual([]);
    expect(rig.open.size).toBe(4);
  });
});

it('streams that were opened under ringHash are evened when another policy comes', () => {
  const rig = new StreamRig({ pick: { ringHash: {} }, streams: { spreadMs: 1_000 } });
  rig.list(candidates(3));
  rig.startMany(60);
  rig.reconfigure({ streams: { spreadMs: 1_000 } }, candidates(4));
  rig.pass(LONG_MS);
  for (const count of rig.counts(candidates(4))) expect(Math.abs(count - 15)).toBeLessThan(4);
});

describe('an endpoint that terminates', () => {
  const leaving = candidates(3).map((each, n) =>
    n === 0 ? { ...each, ready: false, terminating: true } : each,
  );

  it('loses its streams within two seconds to the others', () => {
    const rig = new StreamRig();
    rig.list(candidates(3));
    rig.startMany(90);
    rig.list(leaving);
    rig.pass(2_500);
    expect(rig.counts(candidates(3))).toEqual([0, 45, 45]);
    expect(rig.asked.map(({ reason }) => reason)).toEqual(Array(30).fill('terminating'));
    rig.list(leaving.slice(1));
    rig.pass(LONG_MS);
    expect(rig.asked).toHaveLength(30);
  });

  it('keeps them while all terminate', () => {
    const rig = new StreamRig();
    rig.list(candidates(2));
    rig.startMany(10);
    rig.list(candidates(2).map((each) => ({ ...each, ready: false, terminating: true })));
    rig.pass(LONG_MS);
    expect(rig.asked).toEqual([]);
  });

  it('takes part in a rolling update that moves each stream about once', () => {
    const rig = new StreamRig({ streams: { spreadMs: 2_000 } });
    rig.list(candidates(3));
    rig.startMany(300);
    let list = candidates(3);
    for (let n = 3; n < 6; n++) {
      list = [...list, candidate(n)];
      rig.list(list);
      list = list.map((each) =>
        each.key === candidate(n - 3).key ? { ...each, ready: false, terminating: true } : each,
      );
      rig.list(list);
      rig.pass(5_000);
      list = list.slice(1);
      rig.list(list);
    }
    rig.pass(LONG_MS);
    expect(rig.counts(list)).toEqual([100, 100, 100]);
    expect(rig.asked.length).toBeLessThanOrEqual(600);
  });
});

it('forgets every stream that ended', () => {
  const rig = new StreamRig();
  rig.list(candidates(3));
  rig.startMany(300);
  rig.list(candidates(6));
  rig.pass(5_000);
  for (const stream of rig.open) rig.end(stream);
  const { loads } = rig;
  expect([loads.streams, loads.toldStreams, loads.withMovable.size]).toEqual([0, 0, 0]);
  rig.list([]);
  rig.pass(LONG_MS);
  expect(rig.pipeline.nextWakeMs).toBeNull();
});

it.each(['peakEwma', 'loadAware'])('how long a stream lasts is no latency under %s', (policy) => {
  const rig = new StreamRig({ pick: { [policy]: {} } });
  rig.list(candidates(2));
  const { slot } = rig.start();
  for (const stream of rig.open) rig.end(stream, { code: 0, latencyMs: 3_600_000, streaming: true });
  const counts = tally(Array.from({ length: 2_000 }, () => call(rig.pipeline)));
  expect(counts.get(slot.key)).toBeGreaterThan(800);
});

it('a stream that its client ended is no failure of its endpoint', () => {
  const rig = new StreamRig({
    outliers: { consecutiveTimeouts: 2, maxEjectionPercent: 100, panicPercent: 0 },
  });
  rig.list(candidates(2));
  for (const code of [1, 4, 1, 4, 4, 4, 4]) rig.end(rig.start(), { code, latencyMs: 1, streaming: true });
  expect(candidates(2).map(({ key }) => rig.pipeline.update(candidates(2)).why(key))).toEqual([
    'ready',
    'ready',
  ]);
  expect(hostOf(1).now()).toBe(0);
});

it('whatever happens, open streams are counted exactly, no stream is asked twice within a minute, and it ends even', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('open' as const), count: fc.integer({ min: 1, max: 20 }) }),
    fc.record({ kind: fc.constant('end' as const), count: fc.integer({ min: 1, max: 20 }) }),
    fc.record({ kind: fc.constant('fail' as const), count: fc.integer({ min: 1, max: 5 }) }),
    fc.record({
      kind: fc.constant('list' as const),
      present: fc.subarray([0, 1, 2, 3, 4, 5], { minLength: 1 }),
      terminating: fc.subarray([0, 1, 2, 3, 4, 5], { maxLength: 2 }),
    }),
    fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 20_000 }) }),
    fc.record({ kind: fc.constant('config' as const), policy: fc.constantFrom(...POLICIES) }),
  );
  const answer = fc.constantFrom('reopen', 'later', 'end', 'ignore');
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 30 }),
      fc.array(answer, { minLength: 5, maxLength: 5 }),
      fc.nat(),
      (steps, answers, seed) => {
        const rig = new StreamRig({}, seed);
        const lastAsked = new Map<RigStream, number>();
        let turn = 0;
        rig.onMove = (stream) => {
          expect(rig.open.has(stream)).toBe(true);
          expect(rig.nowMs - (lastAsked.get(stream) ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(
            60_000,
          );
          lastAsked.set(stream, rig.nowMs);
          turn += 1;
          const how = answers[turn % answers.length];
          if (how === 'reopen') rig.reopen(stream);
          else if (how === 'end') rig.end(stream);
          else if (how === 'later') rig.start();
        };
        let list = candidates(3);
        rig.list(list);
        for (const each of steps) {
          const some = [...rig.open].slice(0, each.kind === 'end' || each.kind === 'fail' ? each.count : 0);
          if (each.kind === 'open') rig.startMany(each.count, each.count % 4 !== 0);
          else if (each.kind === 'end') for (const stream of some) rig.end(stream);
          else if (each.kind === 'fail') for (const stream of some) rig.end(stream, UNAVAILABLE);
          else if (each.kind === 'pass') rig.pass(each.ms);
          else if (each.kind === 'config') rig.reconfigure({ pick: { [each.policy]: {} } }, list);
          else {
            const gone = new Set(each.terminating);
            list = each.present.map((n) =>
              candidate(n, gone.has(n) ? { ready: false, terminating: true } : {}),
            );
            rig.list(list);
          }
          expect(rig.loads.streams + rig.loads.toldStreams).toBe(rig.open.size);
        }
        rig.onMove = (stream) => rig.reopen(stream);
        for (let i = 0; i < 5; i++) rig.pass(LONG_MS);
        const ready = list.filter((each) => !each.terminating);
        if (ready.length === 0 || [...rig.open].some(({ movable }) => !movable)) return;
        const fair = rig.open.size / ready.length;
        for (const count of rig.counts(ready)) {
          expect(Math.abs(count - fair) < 2 || Math.abs(count - fair) <= fair * 0.25).toBe(true);
        }
      },
    ),
  );
});
