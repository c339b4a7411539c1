import { expect, it } from 'vitest';
import { formatTable } from './table.js';

it('pads every column but the last to its widest cell', () => {
  const text = formatTable(
    ['ADDRESS', 'POD'],
    [
      ['10.0.0.1:8088', 'a'],
      ['10.0.0.2:8', 'serv-b'],
    ],
  );
  expect(text.split('\n')).toEqual(['ADDRESS        POD', '10.0.0.1:8088  a', '10.0.0.2:8     serv-b']);
});

it('shows the header alone when there is nothing', () => {
  expect(formatTable(['ADDRESS', 'POD'], [])).toBe('ADDRESS  POD');
});
