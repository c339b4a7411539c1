import { parseLine } from './json-lines.js';

/** A line that was decoded, with what must be known of it to decode the next one of the same object. */
interface Known {
  readonly line: Buffer;
  /** Where the text of the list begins and ends, without its brackets. */
  readonly from: number;
  readonly to: number;
  /** Where each element begins, and `to + 1`: element k is the text from `starts[k]` to `starts[k + 1] - 1`. */
  readonly starts: readonly number[];
  readonly elements: readonly unknown[];
}

/** Where a list stands in a new line. */
interface Place {
  readonly line: Buffer;
  readonly from: number;
  readonly to: number;
}

/** The elements of a new line that are those of a known one: so many at the beginning, so many at the end. */
interface Overlap {
  readonly first: number;
  readonly last: number;
  /** Where the text of the elements between them stands in the new line; undefined when there are none. */
  readonly middle: { readonly from: number; readonly to: number } | undefined;
}

/** Shorter lines are parsed as fast as they are compared. */
const LEAST_BYTES = 8_192;
/** Objects whose last line is kept: those that changed last. A slice of 100 endpoints takes 100 kB. */
const MOST_KNOWN = 100;
/** First events of a watch-list are many, and most of their objects never change: they are not kept. */
const CHANGE = Buffer.from('{"type":"MODIFIED"');
const NAME = Buffer.from('"name":"');
const [COMMA, QUOTE, BACKSLASH] = [0x2c, 0x22, 0x5c];
const [BRACKET, BRACKET_END, BRACE, BRACE_END] = [0x5b, 0x5d, 0x7b, 0x7d];
/** Stands for the list while the rest of a line is parsed. */
const MARKER = 'fairlead:list';

/**
 * Makes a decoder for a watch of objects with a long list of which each event changes little. It returns what
 * JSON.parse would, but elements of the list `field` whose text is as in the last line of the same object are the
 * same JavaScript objects as there, and cost no more than a comparison of bytes.
 *
 * Only the elements between the first and the last difference are parsed, and the line around the list. That is
 * exact: up to the first difference a parser is in the state it had in the known line; elements that parse as a list
 * of their own leave it between two elements; and from there on the bytes are those of the known line again.
 */
export function createLineDecoder(field: string): (line: Buffer) => unknown {
  const opening = Buffer.from(`"${field}":[`);
  // By the first name in the line, which is the object's; a wrong guess costs time only.
  const lines = new Map<string, Known>();

  function remember(name: string, known: Known): void {
    lines.delete(name);
    lines.set(name, known);
    const [oldest] = lines.keys();
    if (lines.size > MOST_KNOWN && oldest !== undefined) lines.delete(oldest);
  }

  return (line) => {
    const isChange = line.length >= LEAST_BYTES && same(line, 0, CHANGE, 0, CHANGE.length);
    const at = isChange ? line.indexOf(opening) : -1;
    if (at < 0) return parseLine(line);
    const from = at + opening.length;
    const name = nameIn(line);
    const known = lines.get(name);
    const spliced = known && splice(line, from, known, field);
    if (spliced) {
      remember(name, spliced.known);
      return spliced.value;
    }
    const value = parseLine(line);
    const fresh = know(line, from, listIn(value, field));
    if (fresh) remember(name, fresh);
    return value;
  };
}

function nameIn(line: Buffer): string {
  const from = line.indexOf(NAME) + NAME.length;
  return line.toString('latin1', from, line.indexOf(QUOTE, from));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function listIn(event: unknown, field: string): unknown[] | undefined {
  const object = isRecord(event) ? event.object : undefined;
  const list = isRecord(object) ? object[field] : undefined;
  return Array.isArray(list) ? list : undefined;
}

/** Keeps a line that was parsed whole. */
function know(line: Buffer, from: number, elements: unknown[] | undefined): Known | undefined {
  const { starts, to } = scan(line, from, line.length);
  if (elements === undefined || elements.length !== starts.length) return undefined;
  return { line: Buffer.from(line), from, to, starts: [...starts, to + 1], elements };
}

/** Finds the elements of a list in valid JSON from `from` on: to the bracket that ends the list, or to `end`. */
function scan(line: Buffer, from: number, end: number): { starts: number[]; to: number } {
  const starts = [from];
  let depth = 0;
  for (let at = from; at < end; at++) {
    const byte = line[at];
    if (byte === QUOTE) at = endOfText(line, at);
    else if (byte === BRACE || byte === BRACKET) depth++;
    else if (byte === BRACE_END || byte === BRACKET_END) {
      if (depth === 0) return { starts, to: at };
      depth--;
    } else if (byte === COMMA && depth === 0) starts.push(at + 1);
  }
  return { starts, to: end };
}

/** Where the text that begins with the quote at `at` has its other quote. */
function endOfText(line: Buffer, at: number): number {
  let end = at + 1;
  while (end < line.length && line[end] !== QUOTE) end += line[end] === BACKSLASH ? 2 : 1;
  return end;
}

function same(a: Buffer, aFrom: number, b: Buffer, bFrom: number, length: number): boolean {
  return a.compare(b, bFrom, bFrom + length, aFrom, aFrom + length) === 0;
}

function splice(
  line: Buffer,
  from: number,
  known: Known,
  field: string,
): { value: unknown; known: Known } | undefined {
  const to = line.length - (known.line.length - known.to);
  if (to < from || !same(line, to, known.line, known.to, line.length - to)) return undefined;
  const { first, last, middle } = overlapOf({ line, from, to }, known);
  if (first + last === 0) return undefined;
  let fresh: unknown[];
  let value: unknown;
  try {
    fresh = middle ? (JSON.parse(`[${line.toString('utf8', middle.from, middle.to)}]`) as unknown[]) : [];
    value = JSON.parse(`${line.toString('utf8', 0, from)}"${MARKER}"${line.toString('utf8', to)}`);
  } catch {
    return undefined;
  }
  const list = listIn(value, field);
  const starts = middle ? scan(line, middle.from, middle.to).starts : [];
  if (list?.length !== 1 || list[0] !== MARKER || starts.length !== fresh.length) return undefined;
  const rest = known.elements.length - last;
  const elements = [...known.elements.slice(0, first), ...fresh, ...known.elements.slice(rest)];
  list.splice(0, 1, ...elements);
  const moved = [
    ...known.starts.slice(0, first).map((start) => start + from - known.from),
    ...starts,
    ...known.starts.slice(rest).map((start) => start + to - known.to),
  ];
  return { value, known: { line: Buffer.from(line), from, to, starts: moved, elements } };
}

/** The largest number up to `most` that holds, when 0 does and all below one that holds do, too. */
function largest(most: number, holds: (count: number) => boolean): number {
  let low = 0;
  let high = most;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (holds(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** How far a new list agrees with a known one, from both ends, in whole elements. */
function overlapOf(place: Place, known: Known): Overlap {
  const { line, from, to } = place;
  const first = agreeingFirst(place, known);
  const head = first === 0 ? from : from + startOf(known, first) - 1 - known.from;
  const rest: Place = { line, from: first === 0 ? from : head + 1, to };
  const last = agreeingLast(rest, known, known.elements.length - first);
  const tail = last === 0 ? to : to - known.to + startOf(known, known.elements.length - last);
  // With elements on both sides one comma may be all that is between them.
  const middle = { from: rest.from, to: last === 0 ? tail : tail - 1 };
  const none = head === tail || middle.from > middle.to;
  return { first, last, middle: none ? undefined : middle };
}

function startOf(known: Known, index: number): number {
  return known.starts[index] as number;
}

/** So many elements at the beginning are those of the known line. */
function agreeingFirst({ line, from, to }: Place, known: Known): number {
  const lengthOf = (count: number): number => startOf(known, count) - 1 - known.from;
  const agree = (count: number): boolean =>
    from + lengthOf(count) <= to && same(line, from, known.line, known.from, lengthOf(count));
  const count = largest(known.elements.length, (each) => each === 0 || agree(each));
  if (count === 0) return 0;
  const end = from + lengthOf(count);
  // An element may go on where the known one ended: 1 is not the beginning of [12].
  return end === to || line[end] === COMMA ? count : count - 1;
}

/** So many elements at the end, but at most `most`, are those of the known line. */
function agreeingLast({ line, from, to }: Place, known: Known, most: number): number {
  const lengthOf = (count: number): number => known.to - startOf(known, known.elements.length - count);
  const agree = (count: number): boolean =>
    to - lengthOf(count) >= from &&
    same(line, to - lengthOf(count), known.line, known.to - lengthOf(count), lengthOf(count));
  const count = largest(most, (each) => each === 0 || agree(each));
  if (count === 0) return 0;
  const start = to - lengthOf(count);
  return start === from || line[start - 1] === COMMA ? count : count - 1;
}
