import type { ReportsWanted } from '@fairlead/balancing';
import { expect, it } from 'vitest';
import { ownGrpc as grpc, type SubchannelInterface } from '../grpc.js';
import { ReportFeed } from './report-feed.js';
import type { ReportingServer } from './reporting-server.js';

const BY_COST: ReportsWanted = { trailers: true, outOfBandMs: 0, needsInFlight: true, maxAgeMs: 1000 };

interface Timer {
  readonly fn: () => void;
  readonly atMs: number;
}

/** A feed of so many connections on a clock that the test moves, and the intervals of the streams that it has joined. */
function rig(endpoints: number, reports: boolean | 'unknown' = true) {
  let nowMs = 0;
  let joined = 0;
  const timers = new Set<Timer>();
  const streams = new Map<string, number>();
  const connections = Array.from({ length: endpoints }, (_, i) => ({
    key: `10.0.0.${i}:80`,
    // A double: whoever opens streams only hands it on.
    readySubchannel: { name: `10.0.0.${i}:80` } as unknown as SubchannelInterface,
    server: { reports: reports === 'unknown' ? undefined : reports } as ReportingServer,
  }));
  const feed = new ReportFeed({
    grpc,
    now: () => nowMs,
    clock: {
      now: () => nowMs,
      setTimeout: (fn, ms) => {
        const timer = { fn, atMs: nowMs + ms };
        timers.add(timer);
        return { cancel: () => void timers.delete(timer), unref: () => {} };
      },
    },
    outside: (fn) => fn(),
    streams: {
      join: (subchannel, { intervalMs }) => {
        const name = connections.find((each) => each.readySubchannel === subchannel)?.key ?? 'none of them';
        streams.set(name, intervalMs);
        joined += 1;
        return {
          setInterval: (ms) => void streams.set(name, ms),
          leave: () => void streams.delete(name),
          openMs: () => streams.get(name) ?? null,
        };
      },
    },
    connections: () => connections,
    readyCount: () => connections.length,
    report: () => {},
  });
  const advance = (ms: number): void => {
    const endMs = nowMs + ms;
    for (;;) {
      const due = [...timers].filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      timers.delete(due);
      nowMs = due.atMs;
      due.fn();
    }
    nowMs = endMs;
  };
  const call = (perSecond: number, forMs: number): void => {
    for (let i = 0; i < (perSecond * forMs) / 1000; i++) {
      feed.picked();
      advance(1000 / perSecond);
    }
  };
  return { feed, connections, streams, timers, opened: () => joined, advance, call };
}

/** How many of the next `count` calls ask for a report. */
function asked(feed: ReportFeed, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) {
    feed.picked();
    if (feed.asking) sum += 1;
  }
  return sum;
}

it.each([
  // endpoints, calls a second, of the next ten
  [100, 1, 0],
  [100, 10, 0],
  [100, 200, 10],
  [100, 1000, 5],
  [10, 8, 0],
  [10, 10, 10],
  [10, 20, 10],
  [10, 100, 5],
  [3, 30, 5],
  [1, 1000, 0],
])('%i endpoints and %i calls a second: of ten calls %i ask for a report', (endpoints, perSecond, asks) => {
  const { feed, call } = rig(endpoints);
  feed.want(BY_COST);
  call(perSecond, 20_000);
  expect(asked(feed, 10)).toBe(asks);
});

it('calls ask from the first one on, until their rate is known', () => {
  const { feed, call } = rig(10);
  feed.want(BY_COST);
  expect(asked(feed, 5)).toBe(5);
  call(100, 500);
  expect(asked(feed, 5)).toBe(5);
  call(100, 1000);
  expect(asked(feed, 10)).toBe(5);
});

it('a client with few calls asks with its first sixteen', () => {
  const { feed, advance } = rig(10);
  feed.want(BY_COST);
  let asks = 0;
  for (let i = 0; i < 60; i++) {
    asks += asked(feed, 1);
    advance(3000);
  }
  expect(asks).toBeLessThanOrEqual(16);
});

it('a client of one endpoint asks with none', () => {
  const { feed } = rig(1);
  feed.want(BY_COST);
  expect(asked(feed, 5)).toBe(0);
});

it('calls after a pause ask as those before it, until their rate is known', () => {
  const { feed, advance, call } = rig(10);
  feed.want(BY_COST);
  call(40, 5000);
  advance(20_000);
  call(40, 500);
  expect(asked(feed, 5)).toBe(5);
  call(2, 20_000);
  expect(asked(feed, 10)).toBe(0);
});

it('opens no stream to a server of which it is not known that it reports', () => {
  const { feed, connections, streams, call } = rig(3, 'unknown');
  const [first, second] = connections;
  feed.want(BY_COST);
  call(1000, 3000);
  expect(streams.size).toBe(0);
  if (first === undefined || second === undefined) throw new Error('no connections');
  first.server.reports = true;
  second.server.reports = false;
  call(1000, 2000);
  expect([...streams.keys()]).toEqual([first.key]);
});

it('streams report more often the more calls there are, and end when there are too few', () => {
  const { feed, streams, call } = rig(10);
  feed.want(BY_COST);
  call(4000, 3000);
  const seldom = Math.max(...streams.values());
  call(20_000, 3000);
  expect(Math.max(...streams.values())).toBeLessThan(seldom);
  call(5, 10_000);
  expect([streams.size, asked(feed, 10)]).toEqual([0, 0]);
});

it('at rest there is no stream and no timer, a tenth of a second after the last of many calls', () => {
  const { feed, streams, timers, advance, call } = rig(3);
  feed.want(BY_COST);
  call(1000, 3000);
  expect(streams.size).toBe(3);
  advance(200);
  expect([streams.size, timers.size]).toEqual([0, 0]);
});

it('streams outlast the pauses of a client that calls in bursts', () => {
  const { feed, streams, advance, call } = rig(3);
  feed.want(BY_COST);
  for (let i = 0; i < 20; i++) {
    call(8000, 100);
    advance(300);
    if (i > 5) expect(streams.size).toBe(3);
  }
});

it('a period that is given holds from the first call on, whatever the rate and whoever reports', () => {
  const { feed, streams, advance } = rig(3, 'unknown');
  feed.want({ trailers: false, outOfBandMs: 5000 });
  feed.picked();
  expect([...streams.values()]).toEqual([5000, 5000, 5000]);
  advance(1500);
  expect(streams.size).toBe(0);
  feed.picked();
  expect(streams.size).toBe(0);
  advance(3500);
  feed.picked();
  expect(streams.size).toBe(3);
});

it.each([
  // calls a second, times that streams are opened in a minute
  [0.1, 6],
  [0.5, 6],
  [2, 1],
  [7, 1],
  [1000, 1],
])('at %f calls a second streams of a period of 10 s are opened %i times in a minute', (perSecond, times) => {
  const { feed, opened, call } = rig(3);
  feed.want({ trailers: false, outOfBandMs: 10_000 });
  call(perSecond, 60_000);
  expect(opened()).toBe(3 * times);
});

it('another policy with the same wishes goes on with what there is', () => {
  const { feed, streams, opened, call } = rig(3);
  feed.want(BY_COST);
  call(1000, 3000);
  feed.want({ ...BY_COST });
  expect([streams.size, asked(feed, 50) > 0]).toEqual([3, true]);
  expect(opened()).toBe(3);
});

it('reports that come in trailers only are asked for by every call', () => {
  const { feed, streams, timers, call } = rig(3, 'unknown');
  feed.want({ trailers: true, outOfBandMs: null });
  call(1000, 3000);
  expect([asked(feed, 10), streams.size, timers.size]).toEqual([10, 0, 0]);
});

it('a policy that wants no reports ends all of it', () => {
  const { feed, streams, timers, call } = rig(3);
  feed.want(BY_COST);
  call(1000, 3000);
  feed.want(null);
  expect([asked(feed, 10), streams.size, timers.size]).toEqual([0, 0, 0]);
});
