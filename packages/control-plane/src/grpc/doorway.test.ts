import { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { macrotask } from '../../../discovery/test/doubles/virtual-clock.js';
import { Doorway } from './doorway.js';

/** A connection from this port. */
function socketFrom(remotePort: number): Socket {
  const socket = new Socket();
  Object.defineProperties(socket, {
    remoteAddress: { value: '10.0.0.1' },
    remotePort: { value: remotePort },
  });
  return socket;
}

function open() {
  const inside: Socket[] = [];
  return { inside, doorway: new Doorway((socket) => inside.push(socket)) };
}

it('lets all in, in their order, a few in each turn', async () => {
  const { inside, doorway } = open();
  const sockets = Array.from({ length: 90 }, (_, n) => socketFrom(n + 1));
  for (const socket of sockets) doorway.add(socket);
  expect(inside).toEqual([]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(inside.length).toBeGreaterThan(0);
  expect(inside.length).toBeLessThan(90);
  while (inside.length < 90) await macrotask();
  expect(inside.every((socket, n) => socket === sockets[n])).toBe(true);
});

it('lets further ones in when those before have called, are gone, or take their time', async () => {
  const { inside, doorway } = open();
  const sockets = Array.from({ length: 500 }, (_, n) => socketFrom(n + 1));
  for (const socket of sockets) doorway.add(socket);
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  const first = inside.length;
  expect(first).toBeLessThan(500);
  for (let port = 1; port <= 10; port++) doorway.entered(`10.0.0.1:${port}`);
  for (const socket of sockets.slice(10, 20)) socket.destroy();
  while (inside.length < first + 20) await macrotask();
  while (inside.length < 500) await macrotask();
});

it('lets none in that has gone or was sent away', async () => {
  const { inside, doorway } = open();
  const [gone, stays, late] = [socketFrom(1), socketFrom(2), socketFrom(3)];
  doorway.add(gone);
  doorway.add(stays);
  gone.destroy(new Error('reset'));
  await macrotask();
  doorway.add(late);
  doorway.clear();
  await macrotask();
  expect(inside).toEqual([stays]);
  expect(late.destroyed).toBe(true);
});
