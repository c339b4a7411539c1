import { expect, it } from 'vitest';
import { parseTcpTable } from './sockets.js';

it('reads addresses, states and inodes of the kernel table', () => {
  const text = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100327F:192B 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1 000000 100 0 0 10 0
   1: 0100007F:C001 0201327F:1F98 01 00000000:00000000 02:000003E8 00000000     0        0 67890 2 000000 20 4 30 10 -1
`;
  expect(parseTcpTable(text)).toEqual([
    { remote: '0.0.0.0:0', state: '0A', inode: '12345' },
    { remote: '127.50.1.2:8088', state: '01', inode: '67890' },
  ]);
});
