import type { LogFields } from '@fairlead/discovery';
import { expect, it } from 'vitest';
import { ownGrpc } from './grpc.js';
import { createTroubleLog, grpcLogger } from './log.js';

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

it('does not let a logger that throws take its caller along', () => {
  const fail = (): never => {
    throw new Error('disk full');
  };
  const log = createTroubleLog({ debug: fail, info: fail, warn: fail, error: fail }, () => 0);
  log.debug('d');
  log.trouble('key', 'w');
  log.once('key', 'w');
});

it('writes errors and what JSON cannot hold into the log of grpc-js', () => {
  const written: string[] = [];
  const write = (...args: string[]): void => void written.push(args.join(' '));
  const cycle: LogFields = { name: 'x' };
  Reflect.set(cycle, 'self', cycle);
  ownGrpc.setLogger({ error: write, info: write, debug: write });
  try {
    const logger = grpcLogger(ownGrpc);
    logger.warn('failed', { error: new Error('reset'), target: 't' });
    logger.error('odd', cycle);
  } finally {
    ownGrpc.setLogger(console);
  }
  expect(written.map((line) => line.replace(/^.*fairlead: /, ''))).toEqual([
    'failed {"error":"reset","target":"t"}',
    'odd name, self',
  ]);
});
