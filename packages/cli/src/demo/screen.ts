import { formatBars } from '../output/bars.js';
import { createLive } from '../output/live.js';
import { createStyle } from '../output/style.js';
import type { Claim, Omission } from './claim.js';
import type { Traffic } from './traffic.js';

/** Where the story is told: bars that move on a terminal, plain lines elsewhere, nothing at all for JSON. */
export interface Screen {
  /** Begins a chapter. */
  title(text: string): void;
  line(text: string): void;
  /** Shows progress for as long as `work` runs. */
  progress<T>(text: string, work: Promise<T>): Promise<T>;
  /** Shows the calls of these clients move for as long as `work` runs. */
  traffic<T>(clients: readonly Traffic[], work: Promise<T>): Promise<T>;
  claim(claim: Claim): void;
  summary(claims: readonly Claim[], omissions: readonly Omission[]): void;
}

interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface ScreenOptions {
  readonly stdout: Output;
  /** Says nothing. */
  readonly silent: boolean;
  /** Name of the pod at an address. */
  readonly podAt: (address: string) => string | undefined;
}

const REDRAW_MS = 100;
const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

function formatFigure(value: unknown): string {
  if (Array.isArray(value)) return value.map(formatFigure).join(' / ');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, part]) => `${name} ${formatFigure(part)}`)
    .join(', ');
}

/** One line per figure that has parts of its own, the plain ones together on the first. */
function formatFigures(figures: Claim['figures']): string[] {
  const plain: string[] = [];
  const lines: string[] = [];
  for (const [name, value] of Object.entries(figures)) {
    if (Array.isArray(value) && value.some((part) => typeof part === 'object')) {
      for (const part of value) lines.push(`${name}: ${formatFigure(part)}`);
    } else {
      plain.push(`${name} ${formatFigure(value)}`);
    }
  }
  return [plain.join(', '), ...lines];
}

class TextScreen implements Screen {
  readonly #options: ScreenOptions;
  readonly #style: ReturnType<typeof createStyle>;
  readonly #live: ReturnType<typeof createLive>;

  constructor(options: ScreenOptions) {
    this.#options = options;
    this.#style = createStyle(options.stdout);
    this.#live = createLive(options.silent ? { write: () => {} } : options.stdout);
  }

  title(text: string): void {
    this.line(`\n${this.#style('bold', text)}`);
  }

  line(text: string): void {
    if (!this.#options.silent) this.#options.stdout.write(`${text}\n`);
  }

  async progress<T>(text: string, work: Promise<T>): Promise<T> {
    const startMs = Date.now();
    let frame = 0;
    const seconds = (): string => ((Date.now() - startMs) / 1000).toFixed(1);
    await this.#animate(work, () => [`  ${SPINNER[frame++ % SPINNER.length]} ${text} ${seconds()} s`]);
    this.line(`  ${text}: ${seconds()} s`);
    return work;
  }

  traffic<T>(clients: readonly Traffic[], work: Promise<T>): Promise<T> {
    return this.#animate(work, () => clients.flatMap((client) => this.#bars(client)));
  }

  claim({ text, holds, figures }: Claim): void {
    const mark = holds ? this.#style('green', '✓') : this.#style('red', '✗');
    this.line(`  ${mark} ${text}`);
    for (const line of formatFigures(figures)) this.line(`    ${this.#style('dim', line)}`);
  }

  summary(claims: readonly Claim[], omissions: readonly Omission[]): void {
    this.title('What was seen');
    for (const claim of claims) this.claim(claim);
    for (const { id, why } of omissions) this.line(`  - ${id}: not shown here: ${why}`);
    const failed = claims.filter(({ holds }) => !holds).length;
    this.line(
      failed === 0
        ? `\n${claims.length} of ${claims.length} claims hold.`
        : `\n${failed} of ${claims.length} claims do not hold.`,
    );
  }

  #bars({ name, count }: Traffic): string[] {
    const failed = count.failures.length;
    const bars = [...count.ok]
      .map(([address, value]) => ({
        label: `${address} ${this.#options.podAt(address) ?? ''}`.trimEnd(),
        value,
      }))
      .sort((a, b) => a.label.localeCompare(b.label, 'en', { numeric: true }));
    const head = `  ${this.#style('bold', name)}  ${count.calls} calls, ${failed} failed`;
    return [head, ...formatBars(bars, this.#style)];
  }

  async #animate<T>(work: Promise<T>, draw: () => string[]): Promise<T> {
    const timer = setInterval(() => this.#live.draw(draw()), REDRAW_MS);
    try {
      return await work;
    } finally {
      clearInterval(timer);
      this.#live.clear();
      if (this.#options.stdout.isTTY && !this.#options.silent) this.#keepBars(draw());
    }
  }

  /** What the chart showed last stays on the screen; a spinner does not. */
  #keepBars(lines: readonly string[]): void {
    if (lines.length > 1) this.line(lines.join('\n'));
  }
}

/** Makes the screen of one telling. */
export function createScreen(options: ScreenOptions): Screen {
  return new TextScreen(options);
}
