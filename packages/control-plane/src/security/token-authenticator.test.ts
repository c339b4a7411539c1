import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../discovery/test/doubles/virtual-clock.js';
import { ScriptedReviews, tokenOf } from '../../test/doubles/scripted-reviews.js';
import { TokenAuthenticator } from './token-authenticator.js';

const HOUR_MS = 3_600_000;

function authenticator() {
  const clock = new VirtualClock();
  const reviews = new ScriptedReviews();
  const tokens = new TokenAuthenticator({ reviews, clock, staleMs: HOUR_MS });
  const kind = async (token: string) => (await tokens.authenticate(token)).kind;
  return { clock, reviews, tokens, kind };
}

describe('TokenAuthenticator', () => {
  it('says whose a token is, and asks once for many clients', async () => {
    const { reviews, tokens } = authenticator();
    const token = reviews.account('app');
    const verdicts = await Promise.all([1, 2, 3].map(() => tokens.authenticate(token)));
    expect(verdicts).toEqual(
      verdicts.map(() => ({ kind: 'known', identity: { username: 'app', groups: [] } })),
    );
    expect(reviews.asked).toEqual(['token']);
  });

  it('asks again when a question has failed before it became a promise', async () => {
    let asked = 0;
    const token = (): never => {
      asked += 1;
      throw new Error('not now');
    };
    const tokens = new TokenAuthenticator({
      reviews: { token },
      clock: new VirtualClock(),
      staleMs: HOUR_MS,
    });
    for (let n = 0; n < 2; n++)
      expect(await tokens.authenticate(tokenOf('app'))).toEqual({ kind: 'unavailable', cause: 'not now' });
    expect(asked).toBe(2);
  });

  it('asks again after two minutes when the answer was good, after ten seconds when it was bad', async () => {
    const { clock, reviews, kind } = authenticator();
    const [good, bad] = [reviews.account('app'), tokenOf('nobody')];
    const looks: [ms: number, asked: number][] = [
      [0, 2],
      [9_000, 2],
      [1_000, 3],
      [109_000, 4],
      [1_000, 5],
    ];
    for (const [ms, asked] of looks) {
      await clock.advance(ms);
      expect([await kind(good), await kind(bad)]).toEqual(['known', 'unknown']);
      expect(reviews.asked).toHaveLength(asked);
    }
  });

  it('does not keep an answer for longer than the token lives', async () => {
    const { clock, reviews, kind } = authenticator();
    const token = reviews.account('app', { expiresAtMs: clock.now() + 30_000 });
    expect(await kind(token)).toBe('known');
    await clock.advance(30_000);
    reviews.away = true;
    expect(await kind(token)).toBe('unavailable');
  });

  it('goes by the last good answer for an hour while nobody can be asked', async () => {
    const { clock, reviews, kind } = authenticator();
    const token = reviews.account('app');
    expect(await kind(token)).toBe('known');
    reviews.away = true;
    await clock.advance(HOUR_MS - 1);
    expect(await kind(token)).toBe('known');
    expect(await kind(tokenOf('new'))).toBe('unavailable');
    await clock.advance(1);
    expect(await kind(token)).toBe('unavailable');
    reviews.away = false;
    expect(await kind(token)).toBe('known');
  });

  it('keeps good answers when many tokens are bad', async () => {
    const { reviews, kind } = authenticator();
    const token = reviews.account('app');
    await kind(token);
    for (let n = 0; n < 11_000; n++) await kind(tokenOf(`nobody-${n}`));
    const asked = reviews.asked.length;
    expect(await kind(token)).toBe('known');
    expect(reviews.asked).toHaveLength(asked);
  });

  it.each(['', 'secret', 'a.b', 'a.b.c.d', 'a.b c.d', 'ä.b.c', `${'a'.repeat(20_000)}.b.c`])(
    'asks nobody about what is no token: %.20j',
    async (text) => {
      const { reviews, kind } = authenticator();
      expect(await kind(text)).toBe('unknown');
      expect(reviews.asked).toEqual([]);
    },
  );
});
