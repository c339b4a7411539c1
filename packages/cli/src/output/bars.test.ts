import { expect, it } from 'vitest';
import { formatBars } from './bars.js';
import { createLive } from './live.js';
import { createStyle } from './style.js';

const plain = createStyle({ isTTY: false });

it('draws lengths as shares of the largest value and percents of the sum', () => {
  const lines = formatBars(
    [
      { label: 'pod-a', value: 300 },
      { label: 'b', value: 100, note: 'draining' },
    ],
    plain,
  );
  expect(lines[0]).toContain(`${'█'.repeat(32)}    300   75.0 %`);
  expect(lines[1]).toMatch(/^ {2}b {6}█{10}▋ +100 {3}25\.0 % {2}draining$/);
});

it('draws nothing when there are no calls yet', () => {
  expect(formatBars([{ label: 'pod-a', value: 0 }], plain)[0]).toMatch(/^ {2}pod-a +0 {4}0\.0 %$/);
});

it('rewrites its own lines on a terminal and stays silent elsewhere', () => {
  let written = '';
  const live = createLive({ isTTY: true, write: (text) => (written += text) });
  live.draw(['one', 'two']);
  live.draw(['three']);
  live.clear();
  expect(written).toBe('\u001b[0Jone\ntwo\n\u001b[2F\u001b[0Jthree\n\u001b[1F\u001b[0J');
  createLive({ write: () => expect.unreachable() }).draw(['x']);
});
