import { clip } from './width.js';

/** Lines at the end of the output that are drawn over until they are done with. */
export interface Live {
  /** Whether anything is shown. */
  readonly enabled: boolean;
  /** Replaces the lines; does nothing where the stream is no terminal. */
  draw(lines: readonly string[]): void;
  /** Takes the lines away, so that ordinary output can follow. */
  clear(): void;
}

/** What a stream tells of itself: a terminal has a size. */
export interface TerminalStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

const ESC = '\u001b[';
const CLEAR_DOWN = `${ESC}0J`;
/** The size of a terminal that does not tell it. */
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;

/** Columns of a stream; what is no terminal gets the usual number. */
export function columnsOf({ columns }: TerminalStream): number {
  return columns || DEFAULT_COLUMNS;
}

/** A line that wraps or a picture higher than the screen could not be drawn over: both are cut. */
function fit(lines: readonly string[], stream: TerminalStream): string[] {
  const height = (stream.rows || DEFAULT_ROWS) - 1;
  const more = lines.length - height + 1;
  const shown = more > 1 ? [...lines.slice(0, height - 1), `  … ${more} more lines`] : lines;
  return shown.map((line) => clip(line, columnsOf(stream)));
}

/** Draws on a terminal with cursor movement; on anything else it is silent. */
export function createLive(stream: TerminalStream): Live {
  if (!stream.isTTY || process.env.TERM === 'dumb')
    return { enabled: false, draw: () => {}, clear: () => {} };
  let height = 0;
  const back = (): string => (height > 0 ? `${ESC}${height}F` : '') + CLEAR_DOWN;
  return {
    enabled: true,
    draw(lines) {
      const shown = fit(lines, stream);
      stream.write(back() + shown.map((line) => `${line}\n`).join(''));
      height = shown.length;
    },
    clear() {
      if (height > 0) stream.write(back());
      height = 0;
    },
  };
}
