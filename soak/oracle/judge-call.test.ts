import { beforeEach, describe, expect, it } from 'vitest';
import type { EndedStream, FailedCall } from '../client/messages.js';
import { ClusterHistory, History } from './history.js';
import { excuseOf, excuseOfNone, excuseOfStream } from './judge-call.js';

const A = '127.1.1.1:8088';
const B = '127.1.1.2:8088';
const rules = { keepaliveMs: 25_000, slackMs: 300, knownMs: 2_000 };

const endpoint = (key: string) => ({
  ...{ key, pod: key, node: 'node-1', ready: true, serving: true, terminating: false },
});

let cluster: ClusterHistory;
let history: History;

function named(atMs: number, ...keys: string[]): void {
  cluster.api(atMs, keys.map(endpoint));
  history.published(atMs, keys);
}

const call = (more: Partial<FailedCall>): FailedCall => ({
  client: 'plain',
  startedMs: 10_000,
  endedMs: 10_010,
  code: 14,
  details: '',
  peer: A,
  begun: false,
  stalledMs: 0,
  ...more,
});

beforeEach(() => {
  cluster = new ClusterHistory();
  history = new History(cluster);
  named(0, A, B);
});

describe('a call to a pod that was killed', () => {
  beforeEach(() => void cluster.broke('killed', A, { fromMs: 10_000, untilMs: 10_005 }));

  it.each([
    ['was in flight', { startedMs: 9_990, endedMs: 10_020 }, true],
    ['was sent before the reset could be read', { startedMs: 10_200, endedMs: 10_210 }, true],
    ['had ended before', { startedMs: 9_900, endedMs: 9_950 }, false],
    ['was sent later', { startedMs: 10_400, endedMs: 10_410 }, false],
    ['was sent later by a process that had no turn', { startedMs: 10_400, stalledMs: 200 }, true],
    ['went to another pod', { startedMs: 10_001, peer: B }, false],
    ['was retried', { startedMs: 9_990, client: 'retrying' as const }, false],
    ['broke off in its answer', { startedMs: 9_990, client: 'retrying' as const, begun: true }, true],
  ])('that %s', (_when, more, excused) => {
    expect(excuseOf(call(more), history, rules) !== null).toBe(excused);
  });
});

describe('a call to a pod that stands still', () => {
  beforeEach(() => void cluster.broke('frozen', A, { fromMs: 10_000, untilMs: Number.POSITIVE_INFINITY }));

  it.each([
    ['was sent within keepalive time and timeout', { startedMs: 34_000, endedMs: 39_000, code: 4 }, true],
    ['was sent after them', { startedMs: 35_400, endedMs: 40_400, code: 4 }, false],
  ])('that %s', (_when, more, excused) => {
    expect(excuseOf(call(more), history, rules) !== null).toBe(excused);
  });

  it('that was sent after the client read that it is not ready', () => {
    named(14_000, B);
    expect(excuseOf(call({ startedMs: 14_200, endedMs: 19_200, code: 4 }), history, rules)).not.toBeNull();
    expect(excuseOf(call({ startedMs: 14_400, endedMs: 19_400, code: 4 }), history, rules)).toBeNull();
  });
});

describe('a call that was sent nowhere', () => {
  it('should not have failed while a healthy pod was known', () => {
    expect(excuseOf(call({ peer: null }), history, rules)).toBeNull();
  });

  it('may have when each known pod was broken', () => {
    for (const peer of [A, B]) cluster.broke('killed', peer, { fromMs: 9_000, untilMs: 9_001 });
    expect(excuseOf(call({ peer: null }), history, rules)).not.toBeNull();
  });

  it('may have when the client knew none of the pods that were there', () => {
    cluster.api(9_000, [endpoint('127.1.1.3:8088')]);
    expect(excuseOf(call({ peer: null }), history, rules)).not.toBeNull();
  });
});

describe('a stream that ended', () => {
  const stream: EndedStream = { openedMs: 1_000, endedMs: 10_000, code: 14, details: '', peer: A };

  it('should not have while its pod was there', () => {
    expect(excuseOfStream(stream, history, rules)).toBeNull();
  });

  it('may have when its pod was leaving, or broken', () => {
    named(6_000, B);
    expect(excuseOfStream(stream, history, rules)).toBe('its pod was leaving');
    cluster.broke('killed', A, { fromMs: 9_990, untilMs: 9_999 });
    expect(excuseOfStream(stream, history, rules)).toBe('its pod was broken');
  });
});

describe('a call that a pod refused', () => {
  const refused = call({ details: 'Stream refused by server' });

  beforeEach(() => {
    cluster.api(9_000, [endpoint(B)]);
    cluster.newsLate(8_000);
  });

  it('may have failed when the pod was leaving and news were late', () => {
    expect(excuseOf(refused, history, rules)).not.toBeNull();
  });

  it('should not have failed otherwise', () => {
    expect(excuseOf({ ...refused, peer: B }, history, rules)).toBeNull();
    expect(excuseOf({ ...refused, details: 'Connection dropped' }, history, rules)).toBeNull();
    history.published(9_600, [B]);
    expect(excuseOf(refused, history, rules)).toBeNull();
  });

  it('should not have failed when the pod was leaving and nothing kept the news', () => {
    cluster.settled(9_500);
    expect(excuseOf(refused, history, rules)).toBeNull();
  });
});

describe('a client that was told that there is no endpoint', () => {
  it('should not have been while a pod was ready', () => {
    expect(excuseOfNone(10_000, cluster)).toBeNull();
  });

  it('may have been when for a moment none was', () => {
    named(9_000);
    named(9_500, A);
    expect(excuseOfNone(10_000, cluster)).toBe('no pod was ready');
    expect(excuseOfNone(80_000, cluster)).toBeNull();
  });
});
