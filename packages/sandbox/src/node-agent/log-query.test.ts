import { expect, it } from 'vitest';
import type { LogLine } from './log-file.js';
import { formatLine, parseLogQuery, selectLines } from './log-query.js';

const NOW = Date.parse('2030-01-01T00:01:00Z');
const parse = (query: string) => parseLogQuery(new URLSearchParams(query), NOW);
const plain = { follow: false, previous: false, timestamps: false };

it.each([
  ['', plain],
  ['follow=true&previous=1&timestamps=', { follow: true, previous: true, timestamps: true }],
  ['tailLines=0&limitBytes=1', { ...plain, tailLines: 0, limitBytes: 1 }],
  ['sinceSeconds=60', { ...plain, sinceMs: NOW - 60_000 }],
  ['sinceTime=2030-01-01T00:00:00Z&container=x', { ...plain, sinceMs: NOW - 60_000 }],
])('reads "%s"', (query, expected) => {
  expect(parse(query)).toEqual(expected);
});

it.each([
  ['follow=maybe', 'follow "maybe": accepted are true and false'],
  ['tailLines=-1', 'tailLines "-1": accepted is a whole number from 0 on'],
  ['limitBytes=0', 'limitBytes "0": accepted is a whole number from 1 on'],
  ['sinceTime=yesterday', 'sinceTime "yesterday": accepted is RFC 3339'],
  ['sinceTime=2030-01-01T00:00:00Z&sinceSeconds=1', 'accepted is one of the two'],
])('refuses "%s"', (query, message) => {
  expect(() => parse(query)).toThrow(message);
});

it('selects the last lines of those since a moment', () => {
  const lines: LogLine[] = [10, 20, 30, 40].map((second) => ({
    time: `2030-01-01T00:00:${second}Z`,
    text: String(second),
    whole: true,
  }));
  const texts = (query: string) => selectLines(lines, parse(query)).map(({ text }) => text);
  expect(texts('')).toEqual(['10', '20', '30', '40']);
  expect(texts('sinceSeconds=40')).toEqual(['20', '30', '40']);
  expect(texts('sinceSeconds=40&tailLines=2')).toEqual(['30', '40']);
  expect(texts('tailLines=0')).toEqual([]);
  expect(formatLine(lines[0]!, true)).toBe('2030-01-01T00:00:10Z 10\n');
  expect(formatLine({ ...lines[0]!, whole: false }, false)).toBe('10');
});
