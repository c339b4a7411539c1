import type { TerminalSize } from './terminal.js';

/** What is not a size by then is none (characters). */
const MOST_CHARS = 1024;
/** Largest number of a terminal's size. */
const MOST = 0xffff;

/** Reads sizes of a terminal from a stream of JSON objects, cut anywhere; what is none is left out. */
export class ResizeReader {
  #rest = '';

  /** The sizes that are complete now. */
  read(chunk: Buffer): TerminalSize[] {
    const text = this.#rest + chunk.toString('latin1');
    const end = text.lastIndexOf('}') + 1;
    const rest = text.slice(end);
    this.#rest = rest.length > MOST_CHARS ? '' : rest;
    return (text.slice(0, end).match(/\{[^{}]*\}/g) ?? []).flatMap((object) => parseSize(object) ?? []);
  }
}

function parseSize(text: string): TerminalSize | undefined {
  try {
    const { Width: columns, Height: rows } = JSON.parse(text) as Record<string, unknown>;
    return isSize(columns) && isSize(rows) ? { columns, rows } : undefined;
  } catch {
    return undefined;
  }
}

const isSize = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MOST;
