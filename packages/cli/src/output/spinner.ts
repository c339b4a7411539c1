import { createLive, type TerminalStream } from './live.js';

const REDRAW_MS = 100;
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** A sign that turns, one step per frame. */
export const spinnerAt = (frame: number): string => FRAMES[frame % FRAMES.length]!;

/** Shows on a terminal that `work` goes on, and since when; takes it away at the end. */
export async function spin<T>(stream: TerminalStream, text: string, work: Promise<T>): Promise<T> {
  const live = createLive(stream);
  const startMs = performance.now();
  let frame = 0;
  const timer = setInterval(() => {
    const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
    live.draw([`${spinnerAt(frame++)} ${text} ${seconds} s`]);
  }, REDRAW_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    live.clear();
  }
}
