import { expect, it } from 'vitest';
import { Admittance } from './admittance.js';

it('has room for so many streams, and again for those that leave', () => {
  const door = new Admittance({ most: 2, mostPerAddress: 2, what: 'streams' });
  expect(['10.0.0.1:1', '10.0.0.2:1', '10.0.0.3:1'].map((peer) => door.enter(peer))).toEqual([
    undefined,
    undefined,
    'this control plane has 2 streams already',
  ]);
  door.leave('10.0.0.1:1');
  expect(door.enter('10.0.0.3:1')).toBeUndefined();
});

it.each([
  ['10.0.0.1:1', '10.0.0.1:2', '10.0.0.1'],
  ['fd00::1:1', 'fd00::1:2', 'fd00::1'],
  ['[fd00::1]:1', '[fd00::1]:2', 'fd00::1'],
  ['::ffff:10.0.0.1:1', '10.0.0.1:2', '10.0.0.1'],
])('counts %s and %s as one address', (first, second, address) => {
  const door = new Admittance({ most: 9, mostPerAddress: 1, what: 'streams' });
  expect(door.enter(first)).toBeUndefined();
  expect(door.enter(second)).toBe(`${address} has 1 streams already`);
  expect(door.enter('10.0.0.9:1')).toBeUndefined();
  door.leave(first);
  expect(door.enter(second)).toBeUndefined();
});

it.each(['127.0.0.1', '127.7.0.1', '::1', '::ffff:127.0.0.1'])('does not count %s', (address) => {
  const door = new Admittance({ most: 9, mostPerAddress: 1, what: 'streams' });
  expect([1, 2, 3].map((port) => door.enter(`${address}:${port}`))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
