import type { LogFields } from '@fairlead/discovery';
import { expect, it } from 'vitest';
import { createTroubleLog } from './log.js';

function recorder() {
  const lines: [string, string, LogFields | undefined][] = [];
  const write = (level: string) => (msg: string, fields?: LogFields) => void lines.push([level, msg, fields]);
  return { lines, debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

it('says a trouble again only after a minute', () => {
  const { lines, ...logger } = recorder();
  let nowMs = 0;
  const log = createTroubleLog(logger, () => nowMs);
  for (nowMs = 0; nowMs < 120_000; nowMs += 1000) log.trouble('away', 'API server away');
  expect(lines).toHaveLength(2);
});

it('tells different troubles apart and remembers a bounded number', () => {
  const { lines, ...logger } = recorder();
  const log = createTroubleLog(logger, () => 0);
  for (let i = 0; i < 300; i++) log.trouble(`key ${i}`, 'x');
  expect(lines).toHaveLength(300);
  log.trouble('key 299', 'x');
  expect(lines).toHaveLength(300);
  log.trouble('key 0', 'x');
  expect(lines).toHaveLength(301);
});

it('says some things once for ever and passes the rest through', () => {
  const { lines, ...logger } = recorder();
  const log = createTroubleLog(logger, () => 0);
  log.once('a', 'first', { n: 1 });
  log.once('a', 'second');
  log.debug('d');
  log.info('i');
  log.error('e');
  expect(lines).toEqual([
    ['warn', 'first', { n: 1 }],
    ['debug', 'd', undefined],
    ['info', 'i', undefined],
    ['error', 'e', undefined],
  ]);
});
