import { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { macrotask } from '../../../discovery/test/doubles/virtual-clock.js';
import { Doorway } from './doorway.js';

it('lets all in, in their order, a few in each turn', async () => {
  const inside: Socket[] = [];
  const doorway = new Doorway((socket) => inside.push(socket));
  const sockets = Array.from({ length: 100 }, () => new Socket());
  for (const socket of sockets) doorway.add(socket);
  expect(inside).toEqual([]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(inside.length).toBeGreaterThan(0);
  expect(inside.length).toBeLessThan(100);
  while (inside.length < 100) await macrotask();
  expect(inside.every((socket, n) => socket === sockets[n])).toBe(true);
});

it('lets none in that has gone or was sent away', async () => {
  const inside: Socket[] = [];
  const doorway = new Doorway((socket) => inside.push(socket));
  const [gone, stays, late] = [new Socket(), new Socket(), new Socket()];
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
