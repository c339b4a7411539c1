// A server that listens and hangs: connections fill its short queue, and packets beyond it are dropped.

import { createServer } from 'node:net';

createServer().listen({ host: '0.0.0.0', port: 8088, backlog: 1 }, () => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
