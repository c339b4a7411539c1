/** One sample of a metric. */
export interface MetricSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** When it was measured (ms since the epoch), if the text says so. */
  readonly atMs?: number;
}

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\\n]|\\.)*)"\s*(,|(?=\}))/y;
const REST = /^\s*(\S+)(?:\s+(-?\d+))?\s*$/;
const WORDS: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  '+Inf': Number.POSITIVE_INFINITY,
  Inf: Number.POSITIVE_INFINITY,
  '-Inf': Number.NEGATIVE_INFINITY,
};

/**
 * Reads Prometheus' text format (version 0.0.4): `name{label="value"} 1.5 1700000000000`. Comments and what they declare
 * are skipped. Throws for a line that is none.
 */
export function parseExposition(text: string): MetricSample[] {
  return text.split('\n').flatMap((line, index) => {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) return [];
    const sample = parseSample(trimmed);
    if (!sample)
      throw new Error(
        `line ${index + 1} of the metrics is no sample: ${JSON.stringify(trimmed.slice(0, 80))}`,
      );
    return [sample];
  });
}

function parseSample(line: string): MetricSample | undefined {
  NAME.lastIndex = 0;
  const name = NAME.exec(line)?.[0];
  if (name === undefined) return undefined;
  const labelled =
    line[name.length] === '{' ? parseLabels(line, name.length + 1) : { labels: {}, end: name.length };
  const rest = labelled && REST.exec(line.slice(labelled.end));
  if (!labelled || !rest) return undefined;
  const [, number = '', time] = rest;
  const value = WORDS[number] ?? Number(number);
  if (Number.isNaN(value) && number !== 'NaN') return undefined;
  return { name, labels: labelled.labels, value, ...(time === undefined ? {} : { atMs: Number(time) }) };
}

function parseLabels(
  line: string,
  start: number,
): { labels: Record<string, string>; end: number } | undefined {
  const pairs: [string, string][] = [];
  let at = start;
  while (line[at] !== '}') {
    LABEL.lastIndex = at;
    const match = LABEL.exec(line);
    if (!match) return undefined;
    pairs.push([match[1] ?? '', unescaped(match[2] ?? '')]);
    at = LABEL.lastIndex;
  }
  return { labels: Object.fromEntries(pairs), end: at + 1 };
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));
}
