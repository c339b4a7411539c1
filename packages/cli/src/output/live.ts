/** Lines at the end of the output that are drawn over until they are done with. */
export interface Live {
  /** Replaces the lines; does nothing where the stream is no terminal. */
  draw(lines: readonly string[]): void;
  /** Takes the lines away, so that ordinary output can follow. */
  clear(): void;
}

interface TerminalStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const ESC = '\u001b[';
const CLEAR_DOWN = `${ESC}0J`;

/** Draws on a terminal with cursor movement; on anything else it is silent. */
export function createLive(stream: TerminalStream): Live {
  if (!stream.isTTY) return { draw: () => {}, clear: () => {} };
  let height = 0;
  const back = (): string => (height > 0 ? `${ESC}${height}F` : '') + CLEAR_DOWN;
  return {
    draw(lines) {
      stream.write(back() + lines.map((line) => `${line}\n`).join(''));
      height = lines.length;
    },
    clear() {
      stream.write(back());
      height = 0;
    },
  };
}
