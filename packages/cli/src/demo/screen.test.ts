import type { Endpoint } from '@fairlead/discovery';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Outcome } from './claim.js';
import { createScreen } from './screen.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const endpoints = (): Endpoint[] =>
  [1, 2].map((n) => ({
    key: `10.0.0.${n}:1`,
    addresses: [{ host: `10.0.0.${n}`, port: 1 }],
    pod: `pod-${n}`,
    ready: true,
    serving: true,
    terminating: false,
    slice: 's',
  }));

const client = {
  name: 'Fairlead',
  count: { calls: 3, ok: new Map([['10.0.0.1:1', 3]]), failures: [], firstCallMs: new Map() },
};

const told: Outcome = {
  claim: { id: 'a', text: 'one two three four five six seven eight', holds: true, figures: { odd: 1 } },
  words: ['3 calls', 'more of it'],
  table: ['a  b'],
};

function screenOn(stream: { isTTY?: boolean; columns?: number }, silent = false) {
  let written = '';
  const write = (text: string): void => {
    written += text;
  };
  const screen = createScreen({ stdout: { ...stream, write }, silent, endpoints });
  return { screen, written: () => written };
}

it('writes plain lines where there is no terminal: phases, the last bars, claims in words', async () => {
  const { screen, written } = screenOn({});
  screen.title('1. Chapter');
  let end = (): void => {};
  const work = new Promise<void>((resolve) => {
    end = resolve;
  });
  const shown = screen.traffic([client], work);
  screen.phase('scaling');
  await vi.advanceTimersByTimeAsync(5_000);
  end();
  await shown;
  screen.outcome(told);
  expect(written().split('\n')).toEqual([
    '',
    '1. Chapter',
    '  scaling',
    '  Fairlead  3 calls, 0 failed',
    `  10.0.0.1:1 pod-1  ${'█'.repeat(40)}      3  100.0 %`,
    `  10.0.0.2:1 pod-2  ${' '.repeat(40)}      0    0.0 %`,
    '  ✓ one two three four five six seven eight',
    '    3 calls',
    '    more of it',
    '    a  b',
    '',
  ]);
});

it('moves bars below the phase on a terminal, and leaves the last ones', async () => {
  vi.stubEnv('NO_COLOR', '1');
  const { screen, written } = screenOn({ isTTY: true, columns: 60 });
  const shown = screen.traffic([client], new Promise((resolve) => setTimeout(resolve, 250)));
  screen.phase('scaling');
  await vi.advanceTimersByTimeAsync(100);
  const first = written();
  expect(first).toMatch(
    / {2}⠋ scaling 0\.1 s\n {2}Fairlead {2}3 calls, 0 failed\n {2}10\.0\.0\.1:1 pod-1 {2}█/,
  );
  await vi.advanceTimersByTimeAsync(100);
  expect(written().slice(first.length)).toMatch(/^.\[4F.\[0J {2}⠙ scaling 0\.2 s\n/);
  await vi.advanceTimersByTimeAsync(100);
  await shown;
  expect(written()).toMatch(/.\[4F.\[0J {2}Fairlead[^⠋⠙⠹]*100\.0 %\n.* 0\.0 %\n$/);
  expect(vi.getTimerCount()).toBe(0);
  vi.unstubAllEnvs();
});

it('wraps claims on a narrow terminal', () => {
  vi.stubEnv('NO_COLOR', '1');
  const { screen, written } = screenOn({ isTTY: true, columns: 24 });
  screen.outcome(told);
  expect(written().split('\n').slice(0, 3)).toEqual([
    '  ✓ one two three four',
    '    five six seven eight',
    '    3 calls',
  ]);
  vi.unstubAllEnvs();
});

it('sums up with one line of words per claim, and says what was left out', () => {
  const { screen, written } = screenOn({});
  const broken: Outcome = { claim: { ...told.claim, id: 'b', text: 'b', holds: false }, words: ['why'] };
  screen.summary([told, broken, { id: 'c', why: 'no DNS' }]);
  expect(written().split('\n').slice(1, 9)).toEqual([
    'What was seen',
    '  ✓ one two three four five six seven eight',
    '    3 calls',
    '  ✗ b',
    '    why',
    '  – c: not shown here: no DNS',
    '',
    '1 of 2 claims do not hold.',
  ]);
});

it('says nothing at all beside JSON', async () => {
  const { screen, written } = screenOn({ isTTY: true }, true);
  screen.title('x');
  await screen.progress('y', Promise.resolve());
  screen.outcome(told);
  screen.summary([told]);
  expect(written()).toBe('');
});

it('takes the bars away when the work fails', async () => {
  vi.stubEnv('NO_COLOR', '1');
  const { screen, written } = screenOn({ isTTY: true });
  const failing = new Promise<void>((_, reject) => setTimeout(() => reject(new Error('broken')), 150));
  const shown = expect(screen.traffic([client], failing)).rejects.toThrow('broken');
  await vi.advanceTimersByTimeAsync(200);
  await shown;
  expect(written().endsWith('[4F\u001b[0J')).toBe(true);
  vi.unstubAllEnvs();
});
