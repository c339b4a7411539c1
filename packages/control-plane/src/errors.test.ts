import { expect, it } from 'vitest';
import { refused } from './errors.js';

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const throwing = {
  get [Symbol.toStringTag](): string {
    throw new Error('no name');
  },
  toString(): string {
    throw new Error('no text');
  },
};

it.each([
  ['a text', 'a\nb', '"a\\nb"'],
  ['a number', -1, '-1'],
  ['nothing', null, 'null'],
  ['a symbol', Symbol('x'), 'Symbol(x)'],
  ['a function', () => 'its code', '[object Function]'],
  ['an object without a prototype', Object.create(null), '[object Object]'],
  ['an object that throws whatever is asked', throwing, '[object Object]'],
  ['a revoked proxy', revoked(), '[object Object]'],
])('names the value that is refused: %s', (_, value, shown) => {
  expect(refused('option', value, 'a name').message).toBe(`option: ${shown} is not accepted: a name`);
});
