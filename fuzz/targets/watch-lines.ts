import { isDeepStrictEqual } from 'node:util';
import { DiscoveryError } from '@fairlead/discovery';
import { jsonLines, parseLine } from '#discovery/kubernetes/client/json-lines.js';
import { createLineDecoder } from '#discovery/kubernetes/client/line-decoder.js';
import { bytesForm } from '../forms/bytes.js';
import { type Json, jsonForm, jsonText } from '../forms/json.js';
import { readLater } from '../judge/refusal.js';
import { Dice } from '../random.js';
import { recordedLines } from '../recordings.js';
import { type FuzzTarget, hold } from '../target.js';

const REFUSALS = {
  documented: (error: unknown) => error instanceof DiscoveryError && error.code === 'PROTOCOL',
};
/** Small, so that inputs reach it. */
const MOST_LINE_BYTES = 100_000;

/** The bytes in pieces; the first byte decides where they are cut. */
async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  const dice = new Dice(bytes[0] ?? 0);
  for (let from = 0; from < bytes.length; ) {
    const to = from + 1 + dice.below(dice.pick([1, 30, 3_000, 70_000]));
    yield bytes.subarray(from, to);
    from = to;
  }
}

/** What came out before the end, and whether the end was a refusal. */
async function readAll(source: AsyncIterable<Buffer>, decode: (line: Buffer) => unknown) {
  const values: unknown[] = [];
  const whole = await readLater(REFUSALS, async () => {
    for await (const value of jsonLines(source, MOST_LINE_BYTES, decode)) values.push(value);
    return true;
  });
  return { values, whole };
}

async function judge(bytes: Buffer): Promise<void> {
  const plain = await readAll(pieces(bytes), parseLine);
  const inOne = await readAll(pieces(Buffer.concat([Buffer.of(0), bytes])), parseLine);
  hold(inOne.values.length <= plain.values.length + 1, 'other pieces make other lines');
  const clever = await readAll(pieces(bytes), createLineDecoder('endpoints'));
  hold(
    clever.whole === plain.whole,
    'the decoder that compares refuses what JSON.parse takes, or the other way',
  );
  hold(isDeepStrictEqual(clever.values, plain.values), 'the decoder that compares reads something else');
}

const event = (lines: readonly string[]): Buffer => Buffer.from(lines.map((line) => `${line}\n`).join(''));

/** A watch line of a slice with many endpoints, as often as asked, each time with one change. */
function longLines(): Buffer {
  const endpoints = (changed: number): object[] =>
    Array.from({ length: 120 }, (_, index) => ({
      addresses: [`10.0.0.${index}`],
      conditions: { ready: index !== changed },
      targetRef: { kind: 'Pod', name: `pod-${index}`, uid: `u,]}${index}` },
    }));
  const line = (changed: number): string =>
    JSON.stringify({
      type: 'MODIFIED',
      object: { metadata: { name: 'a' }, endpoints: endpoints(changed), ports: [] },
    });
  return event([line(-1), line(7), line(8), line(119), line(0)]);
}

/** The bytes of a watch, line by line. */
export const watchLines: FuzzTarget<Buffer> = {
  name: 'watch-lines',
  about:
    'bytes of a watch, cut anywhere: lines that are JSON, until something is not; the decoder that compares reads what JSON.parse reads',
  form: bytesForm(
    [
      ...[
        '\n',
        '\r\n',
        '"endpoints":[',
        '"name":"',
        '{"type":"MODIFIED"',
        '[',
        ']',
        '{',
        '}',
        ',',
        '"',
        '\\',
        '\\u0000',
      ],
      ...['{},', ',{}', '"a":1,', 'null'],
    ].map((word) => Buffer.from(word)),
  ),
  seeds: () => [
    longLines(),
    event(
      recordedLines('rollout-150')
        .filter((line) => line.length > 8_192)
        .slice(0, 4),
    ),
    event(recordedLines('scale-up')),
    event(['{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"5"}}}', '', '{}']),
  ],
  open: () => ({ check: judge }),
};

/** Deeper values cannot be compared. */
const MOST_DEPTH = 200;
/** More than the decoder parses whole. */
const FILLER = 'x'.repeat(9_000);

function judgeEvents(json: Json): Promise<void> {
  const lists = Array.isArray(json) ? json : [json];
  const lines = lists.map((endpoints) => {
    const list = Array.isArray(endpoints) ? endpoints : [endpoints];
    return `{"type":"MODIFIED","object":{"metadata":{"name":"a","filler":"${FILLER}"},"endpoints":${jsonText(list, MOST_DEPTH)}}}\n`;
  });
  return judge(Buffer.from(lines.join('')));
}

/** Events of one slice, each a good line: only its endpoints are changed. */
export const watchEvents: FuzzTarget<Json> = {
  name: 'watch-events',
  about:
    'endpoints of any shape in the events of one slice: the decoder that compares reads what JSON.parse reads',
  form: jsonForm(['addresses', 'conditions', '[],', '],"endpoints":[', '\\', '"', '}', ',', 'fairlead:list']),
  seeds: () => {
    const [line = '{}'] = recordedLines('rollout-150').filter((each) => each.length > 8_192);
    const endpoints: Json[] = JSON.parse(line).object.endpoints.slice(0, 6);
    return [
      [endpoints, endpoints.slice(1), [...endpoints].reverse(), endpoints],
      [[1, 12, 2], [12, 1, 2], [1, 2], [1], [], [1, 12]],
      [[{ a: ',' }, { a: ']' }], [{ a: ',' }], [{ a: ',' }, { a: ']' }, 'a']],
    ];
  },
  open: () => ({ check: judgeEvents }),
};
