import { expect, it } from 'vitest';
import { milliValue } from './quantity.js';
import { machineResources, resourceValue } from './resource-field.js';

it.each([
  ['1', 1000],
  ['100m', 100],
  ['0.5', 500],
  ['.5', 500],
  ['1e3', 1_000_000],
  ['1E2', 100_000],
  ['64Mi', 64 * 2 ** 20 * 1000],
  ['1k', 1_000_000],
  ['1u', 1],
  [2, 2000],
  ['', Number.NaN],
  ['x', Number.NaN],
  ['1Q', Number.NaN],
])('reads the quantity %j', (text, value) => {
  expect(milliValue(text)).toBe(value);
});

const containers = [
  { name: 'main', resources: { limits: { cpu: '250m', memory: '1500Ki' }, requests: { cpu: '100m' } } },
  { name: 'free' },
];
const machine = machineResources();

it.each([
  ['main', 'limits.cpu', undefined, '1'],
  ['main', 'limits.cpu', '1m', '250'],
  ['main', 'limits.cpu', '0', '1'],
  ['main', 'requests.cpu', '10m', '10'],
  ['main', 'limits.memory', undefined, String(1500 * 1024)],
  ['main', 'limits.memory', '1Mi', '2'],
  ['main', 'requests.memory', undefined, '0'],
  ['free', 'limits.cpu', undefined, machine.cpu],
  ['free', 'limits.memory', '1Ki', machine.memory.replace('Ki', '')],
  ['free', 'requests.ephemeral-storage', undefined, '0'],
])('gives %s %s in units of %s', (containerName, resource, divisor, value) => {
  const field = { containerName, resource, ...(divisor === undefined ? {} : { divisor }) };
  expect(resourceValue(field, containers)).toBe(value);
});

it('says which container or resource there is not', () => {
  expect(() => resourceValue({ containerName: 'x', resource: 'limits.cpu' }, containers)).toThrow(
    'container x not found',
  );
  expect(() => resourceValue({ containerName: 'main', resource: 'limits.pods' }, containers)).toThrow(
    'unsupported container resource : limits.pods',
  );
});
