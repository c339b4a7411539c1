import { expect, it } from 'vitest';
import { Loads } from './loads.js';

it('forgets a gone endpoint at its last ended call', () => {
  const loads = new Loads();
  const load = loads.acquire('u');
  loads.started(load);
  loads.started(load);
  loads.release(load);
  expect(loads.size).toBe(1);
  loads.ended(load);
  expect(loads.size).toBe(1);
  loads.ended(load);
  expect(loads.size).toBe(0);
});

it('gives a returning endpoint its calls in flight back', () => {
  const loads = new Loads();
  const load = loads.acquire('u');
  loads.started(load);
  loads.release(load);
  expect(loads.acquire('u')).toBe(load);
  expect(loads.inFlight).toBe(1);
});

it('keeps a gone endpoint while a pick may still start, and no longer than the turn', () => {
  const loads = new Loads();
  const load = loads.acquire('u');
  loads.picked(load);
  loads.release(load);
  expect(loads.acquire('u')).toBe(load);
  loads.release(load);
  expect(loads.size).toBe(1);
  loads.endOfTurn();
  expect(loads.size).toBe(0);
});

it('counts a call that starts after its turn', () => {
  const loads = new Loads();
  const load = loads.acquire('u');
  loads.picked(load);
  loads.endOfTurn();
  loads.started(load);
  expect([load.inFlight, load.pending]).toEqual([1, 0]);
});

it('never goes below zero', () => {
  const loads = new Loads();
  const load = loads.acquire('u');
  loads.ended(load);
  expect(load.inFlight).toBe(0);
  loads.started(load);
  expect(load.inFlight).toBe(1);
});

it('counts a call that starts after its endpoint was forgotten', () => {
  const loads = new Loads();
  const load = loads.acquire('u');
  loads.release(load);
  expect(loads.size).toBe(0);
  loads.started(load);
  expect([loads.size, loads.inFlight]).toEqual([1, 1]);
  loads.ended(load);
  expect(loads.size).toBe(0);
});

it('counts a call that starts after its endpoint was forgotten and came back', () => {
  const loads = new Loads();
  const old = loads.acquire('u');
  loads.release(old);
  const successor = loads.acquire('u');
  loads.started(old);
  expect(successor.inFlight).toBe(1);
  loads.ended(old);
  loads.ended(old);
  expect(successor.inFlight).toBe(0);
  expect(loads.acquire('u')).toBe(successor);
});

it('needs the end of a turn only once a pick had not started when the next was made', () => {
  const loads = new Loads();
  const [a, b] = [loads.acquire('a'), loads.acquire('b')];
  for (const load of [a, b, a]) {
    loads.picked(load);
    loads.started(load);
  }
  expect(loads.crowded).toBe(false);
  loads.picked(a);
  expect(loads.crowded).toBe(false);
  loads.picked(b);
  expect(loads.crowded).toBe(true);
  loads.endOfTurn();
  expect([loads.crowded, a.pending, b.pending, a.inFlight]).toEqual([false, 0, 0, 2]);
});

it('keeps no endpoint that is gone and whose calls all started, however many turns were never ended', () => {
  const loads = new Loads();
  for (let i = 0; i < 10; i++) {
    const load = loads.acquire(`pod-${i}`);
    loads.picked(load);
    loads.started(load);
    loads.release(load);
    loads.ended(load);
  }
  expect(loads.size).toBe(0);
});
