import { describe, expect, it } from 'vitest';
import { port, positive, positiveInteger } from './parse-number.js';

describe('positive', () => {
  it.each([
    ['1', 1],
    ['0.5', 0.5],
    ['2e3', 2000],
  ])('takes %s', (text, value) => expect(positive('--rate')(text)).toBe(value));

  it.each(['', ' ', '0', '-1', 'fast', 'Infinity', 'NaN', '1 2'])(
    'refuses %j by the name of the option',
    (text) => {
      expect(() => positive('--rate')(text)).toThrow('--rate takes a number above 0');
    },
  );
});

describe('positiveInteger', () => {
  it('takes whole numbers from 1 on', () => expect(positiveInteger('--concurrency')('7')).toBe(7));

  it.each(['1.5', '0', 'x'])('refuses %j', (text) => {
    expect(() => positiveInteger('--concurrency')(text)).toThrow(/^--concurrency takes a /);
  });
});

describe('port', () => {
  it.each([
    ['0', 0],
    ['65535', 65_535],
  ])('takes %s', (text, value) => expect(port(text)).toBe(value));

  it.each(['', '-1', '65536', '80a', '1.5', ' 80'])('refuses %j', (text) => {
    expect(() => port(text)).toThrow('a port is a whole number from 0 (any free one) to 65535');
  });
});
