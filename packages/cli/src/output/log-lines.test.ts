import { expect, it } from 'vitest';
import { lineLogger } from './log-lines.js';

it('writes a line each with its fields, quoted where they must be, and nothing below info', () => {
  const lines: string[] = [];
  const logger = lineLogger({ write: (line) => lines.push(line) });
  logger.debug('not this');
  logger.info('read', { target: 'a.n:1', count: 2, gone: undefined });
  logger.warn('refused\nit', { text: 'a "b"\nc', names: ['x'] });
  expect(lines).toEqual([
    'info read target=a.n:1 count=2\n',
    'warn refused it text="a \\"b\\"\\nc" names=["x"]\n',
  ]);
});
