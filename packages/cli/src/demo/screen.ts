import type { Endpoint } from '@fairlead/discovery';
import { formatBars } from '../output/bars.js';
import { columnsOf, createLive, type Live, type TerminalStream } from '../output/live.js';
import { spinnerAt } from '../output/spinner.js';
import { createStyle, type Style } from '../output/style.js';
import { clip } from '../output/width.js';
import { wrap } from '../output/wrap.js';
import { isOmission, type Outcome, type Told } from './claim.js';
import { podRows } from './pod-rows.js';
import type { Traffic } from './traffic.js';

/** Where the story is told: bars that move on a terminal, plain lines elsewhere, nothing at all for JSON. */
export interface Screen {
  /** Begins a chapter. */
  title(text: string): void;
  line(text: string): void;
  /** Shows progress for as long as `work` runs, and then how long it took. */
  progress<T>(text: string, work: Promise<T>): Promise<T>;
  /** Shows the calls of these clients by pod for as long as `work` runs. */
  traffic<T>(clients: readonly TrafficView[], work: Promise<T>): Promise<T>;
  /** Says what goes on now, above the bars. */
  phase(text: string): void;
  outcome(outcome: Outcome): void;
  summary(outcomes: readonly Outcome[]): void;
}

/** What the screen reads of a client. */
export type TrafficView = Pick<Traffic, 'name' | 'count'>;

export interface ScreenOptions {
  readonly stdout: TerminalStream;
  /** Says nothing. */
  readonly silent: boolean;
  /** The pods that there are. */
  readonly endpoints: () => readonly Endpoint[];
}

const REDRAW_MS = 100;
/** Long lines are hard to read, however wide the screen is. */
const MAX_COLUMNS = 100;

const PLAY = 'Play with such a cluster: fairlead sandbox up --help';

const seconds = (sinceMs: number): string => `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;

class TextScreen implements Screen {
  readonly #options: ScreenOptions;
  readonly #style: Style;
  readonly #live: Live;
  #phase = { text: '', sinceMs: 0 };
  #frame = 0;

  constructor(options: ScreenOptions) {
    const stdout = options.silent ? { write: () => {} } : options.stdout;
    this.#options = { ...options, stdout };
    this.#style = createStyle(stdout);
    this.#live = createLive(stdout);
  }

  title(text: string): void {
    this.line('');
    for (const line of this.#wrapped(text, 0)) this.line(this.#style('bold', line));
  }

  line(text: string): void {
    this.#options.stdout.write(`${text}\n`);
  }

  async progress<T>(text: string, work: Promise<T>): Promise<T> {
    this.#phase = { text, sinceMs: performance.now() };
    const { sinceMs } = this.#phase;
    const done = await this.#animate(work, () => [this.#phaseLine()]);
    this.line(this.#style('dim', `  ${text}: ${seconds(sinceMs)}`));
    return done;
  }

  async traffic<T>(clients: readonly TrafficView[], work: Promise<T>): Promise<T> {
    const bars = (): string[] => clients.flatMap((client) => this.#bars(client));
    const done = await this.#animate(work, () => [this.#phaseLine(), ...bars()]);
    for (const line of bars()) this.line(this.#clipped(line));
    return done;
  }

  phase(text: string): void {
    this.#phase = { text, sinceMs: performance.now() };
    if (!this.#live.enabled) this.line(`  ${text}`);
  }

  outcome(outcome: Outcome): void {
    if (isOmission(outcome)) this.line(this.#style('yellow', `  – not shown here: ${outcome.why}`));
    else {
      this.#told(outcome, outcome.words);
      for (const line of outcome.table ?? []) this.line(this.#clipped(`    ${this.#style('dim', line)}`));
    }
  }

  summary(outcomes: readonly Outcome[]): void {
    this.title('What was seen');
    const told = outcomes.filter((outcome): outcome is Told => !isOmission(outcome));
    for (const each of told) this.#told(each, each.words.slice(0, 1));
    for (const { id, why } of outcomes.filter(isOmission))
      this.line(this.#style('yellow', `  – ${id}: not shown here: ${why}`));
    const failed = told.filter(({ claim }) => !claim.holds).length;
    this.line('');
    this.line(
      failed === 0
        ? this.#style('green', `${told.length} of ${told.length} claims hold.`)
        : this.#style('red', `${failed} of ${told.length} claims do not hold.`),
    );
    this.line(this.#style('dim', PLAY));
  }

  #told({ claim: { text, holds } }: Told, words: readonly string[]): void {
    const mark = holds ? this.#style('green', '✓') : this.#style('red', '✗');
    for (const [index, line] of this.#wrapped(text, 4).entries())
      this.line(`  ${index === 0 ? mark : ' '} ${line}`);
    for (const word of words)
      for (const line of this.#wrapped(word, 4)) this.line(`    ${this.#style('dim', line)}`);
  }

  /** A file or a pipe has no width to be kept to. */
  #wrapped(text: string, indent: number): string[] {
    if (!this.#live.enabled) return [text];
    return wrap(text, Math.min(columnsOf(this.#options.stdout), MAX_COLUMNS) - indent);
  }

  #clipped(line: string): string {
    return this.#live.enabled ? clip(line, columnsOf(this.#options.stdout)) : line;
  }

  #phaseLine(): string {
    const { text, sinceMs } = this.#phase;
    return `  ${this.#style('cyan', spinnerAt(this.#frame++))} ${text} ${this.#style('dim', seconds(sinceMs))}`;
  }

  #bars({ name, count }: TrafficView): string[] {
    const failed = count.failures.length;
    const sum = `${count.calls} calls, ${failed} failed`;
    const rows = podRows(count.ok, this.#options.endpoints());
    const columns = Math.min(columnsOf(this.#options.stdout), MAX_COLUMNS);
    return [
      `  ${this.#style('bold', name)}  ${failed > 0 ? this.#style('red', sum) : sum}`,
      ...formatBars(rows, this.#style, columns),
    ];
  }

  async #animate<T>(work: Promise<T>, draw: () => string[]): Promise<T> {
    const timer = this.#live.enabled ? setInterval(() => this.#live.draw(draw()), REDRAW_MS) : undefined;
    try {
      return await work;
    } finally {
      clearInterval(timer);
      this.#live.clear();
    }
  }
}

/** Makes the screen of one telling. */
export function createScreen(options: ScreenOptions): Screen {
  return new TextScreen(options);
}
