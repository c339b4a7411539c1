import { expect, it } from 'vitest';
import { createLive } from './live.js';

function terminal(columns: number, rows: number) {
  let written = '';
  const write = (text: string): void => {
    written += text;
  };
  return { isTTY: true, columns, rows, write, written: () => written };
}

it('rewrites its own lines on a terminal', () => {
  const screen = terminal(80, 24);
  const live = createLive(screen);
  live.draw(['one', 'two']);
  live.draw(['three']);
  live.clear();
  live.clear();
  expect(screen.written()).toBe('\u001b[0Jone\ntwo\n\u001b[2F\u001b[0Jthree\n\u001b[1F\u001b[0J');
});

it('cuts what would wrap or not fit the screen, so that going back finds its first line', () => {
  const screen = terminal(10, 4);
  const live = createLive(screen);
  live.draw(['1', '2', '3', '4', 'a line that is long']);
  expect(screen.written()).toBe('\u001b[0J1\n2\n  … 3 mor…\n');
  live.draw(['a line that is long']);
  expect(screen.written().endsWith('\u001b[3F\u001b[0Ja line th…\n')).toBe(true);
});

it('is silent where there is no terminal', () => {
  const live = createLive({ write: () => expect.unreachable() });
  live.draw(['x']);
  live.clear();
  expect(live.enabled).toBe(false);
});
