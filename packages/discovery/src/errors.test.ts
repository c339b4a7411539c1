import { expect, it } from 'vitest';
import { DiscoveryError } from './errors.js';

it('has a message of one line, whatever was put into it', () => {
  const message = `context "a\r\nb\u2028\u001b[31m": ${'x'.repeat(10_000)}`;
  const error = new DiscoveryError('ACCESS_INVALID', message);
  expect(error.message).toMatch(/^context "a b \[31m": x+…$/);
  expect(error.message).toHaveLength(2_001);
});
