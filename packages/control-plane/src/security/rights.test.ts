import { silentLogger } from '@fairlead/discovery';
import { describe, expect, it } from 'vitest';
import { macrotask, VirtualClock } from '../../../discovery/test/doubles/virtual-clock.js';
import { ScriptedReviews } from '../../test/doubles/scripted-reviews.js';
import type { Identity } from './reviews.js';
import { Rights } from './rights.js';

const APP: Identity = { username: 'app', groups: [] };
const HOUR_MS = 3_600_000;

function setUp() {
  const clock = new VirtualClock();
  const reviews = new ScriptedReviews();
  const rights = new Rights({ reviews, clock, logger: silentLogger, staleMs: HOUR_MS });
  const follow = (namespace: string, identity = APP) => {
    const heard: (boolean | undefined)[] = [];
    const right = rights.follow(identity, namespace, () => heard.push(right.allowed));
    return { right, heard };
  };
  return { clock, reviews, rights, follow };
}

describe('Rights', () => {
  it('asks once for all streams of a user', async () => {
    const { reviews, follow } = setUp();
    reviews.permitted.add('app a');
    const follows = [follow('a'), follow('a'), follow('b')];
    expect(follows.map(({ right }) => right.allowed)).toEqual([undefined, undefined, undefined]);
    await macrotask();
    expect(follows.map(({ heard }) => heard)).toEqual([[true], [true], [false]]);
    expect(reviews.asked).toEqual(['app a', 'app b']);
  });

  it('sees within ten seconds that a right was given, and within a minute that it was taken', async () => {
    const { clock, reviews, follow } = setUp();
    const { heard } = follow('a');
    await clock.advance(0);
    reviews.permitted.add('app a');
    await clock.advance(10_000);
    expect(heard).toEqual([false, true]);
    reviews.permitted.clear();
    await clock.advance(59_999);
    expect(heard).toEqual([false, true]);
    await clock.advance(1);
    expect(heard).toEqual([false, true, false]);
  });

  it('goes by the last answer for an hour while nobody can be asked', async () => {
    const { clock, reviews, follow } = setUp();
    reviews.permitted.add('app a');
    const { right, heard } = follow('a');
    await clock.advance(0);
    reviews.away = true;
    await clock.advance(HOUR_MS - 60_000);
    expect(right.allowed).toBe(true);
    await clock.advance(120_000);
    expect(heard).toEqual([true, undefined]);
    reviews.away = false;
    await clock.advance(10_000);
    expect(heard).toEqual([true, undefined, true]);
  });

  it('asks no longer when nobody follows', async () => {
    const { clock, reviews, follow } = setUp();
    const { right, heard } = follow('a');
    await clock.advance(0);
    right.close();
    await clock.advance(HOUR_MS);
    expect(reviews.asked).toHaveLength(1);
    expect(heard).toEqual([false]);
    expect(clock.pending).toBe(0);
  });

  it('denies what is beyond 256 namespaces of one user, and no other user', async () => {
    const { reviews, follow } = setUp();
    for (let n = 0; n < 256; n++) follow(`ns-${n}`);
    expect(follow('one-more').right.allowed).toBe(false);
    expect(follow('one-more', { ...APP, username: 'other' }).right.allowed).toBeUndefined();
    await macrotask();
    expect(reviews.asked).toHaveLength(257);
  });

  it('leaves no timer behind', async () => {
    const { clock, rights, follow } = setUp();
    follow('a');
    await clock.advance(0);
    follow('b');
    rights.close();
    await clock.advance(0);
    expect(clock.pending).toBe(0);
  });
});
