/** One command of a page, and what a reader is told to see. */
export interface Step {
  /** As it is typed; several lines when it goes on after `> `. */
  readonly command: string;
  /** Lines of output, standard error among them. `…` is any text within a line, and alone any number of lines. */
  readonly expected: readonly string[];
  /** Line of the page. */
  readonly line: number;
  /** It ends in `&`: its output is waited for, its end is not. */
  readonly background: boolean;
}

/** Code that a page shows, with the file that it says it is from. */
export interface Excerpt {
  readonly file: string;
  readonly code: string;
}

const REST = '…';

class Block {
  readonly #steps: { command: string; expected: string[]; line: number }[] = [];

  take(text: string, line: number): void {
    const last = this.#steps.at(-1);
    if (text.startsWith('$ ')) this.#steps.push({ command: text.slice(2), expected: [], line });
    else if (!last) throw new Error(`line ${line}: output without a command; accepted is "$ COMMAND" first`);
    else if (text.startsWith('> ') && last.expected.length === 0) last.command += `\n${text.slice(2)}`;
    else last.expected.push(text);
  }

  get steps(): Step[] {
    return this.#steps.map((step) => ({ ...step, background: /&\s*$/.test(step.command) }));
  }
}

/** The commands of a page, in order: the lines `$ COMMAND` of its fences marked `console`, and the output below each. */
export function readSteps(page: string): Step[] {
  const blocks: Block[] = [];
  let open: 'console' | 'other' | undefined;
  for (const [index, text] of page.split('\n').entries()) {
    if (text.startsWith('```')) {
      open = open ? undefined : text === '```console' ? 'console' : 'other';
      if (open === 'console') blocks.push(new Block());
    } else if (open === 'console') blocks.at(-1)!.take(text, index + 1);
  }
  if (open) throw new Error('a fence is not closed');
  return blocks.flatMap(({ steps }) => steps);
}

/** The code of a page that names its file in a comment above the fence. */
export function readExcerpts(page: string): Excerpt[] {
  const fence = /<!-- (\S+) -->\n```[a-z]*\n(.*?)\n```/gs;
  return [...page.matchAll(fence)].map(([, file = '', code = '']) => ({ file, code }));
}

const literally = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** Columns are as wide as their widest value, which varies: blanks stand for blanks. */
const linePattern = (line: string): string =>
  line
    .trimEnd()
    .split(/(…|\s+)/)
    .map((piece) => (piece === REST ? '.*' : /^\s+$/.test(piece) ? '\\s+' : literally(piece)))
    .join('');

/** Lines of output as they are compared: without carriage returns, blanks at the end, and empty lines at the end. */
export function linesOf(output: string): string[] {
  const lines = output.split('\n').map((line) => line.trimEnd());
  while (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Whether lines of output are what a page tells to see. */
export function matches(expected: readonly string[], lines: readonly string[]): boolean {
  const [first, ...others] = expected;
  if (first === undefined) return lines.length === 0;
  if (first.trim() === REST) {
    return Array.from({ length: lines.length + 1 }, (_, skip) => skip).some((skip) =>
      matches(others, lines.slice(skip)),
    );
  }
  const [line, ...rest] = lines;
  return line !== undefined && new RegExp(`^${linePattern(first)}$`).test(line) && matches(others, rest);
}
