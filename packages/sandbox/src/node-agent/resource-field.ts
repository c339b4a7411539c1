import { availableParallelism, totalmem } from 'node:os';
import type { Container, ResourceField } from './pod.js';
import { milliValue } from './quantity.js';

/** What a node has to give, as its Node object says. */
export const machineResources = (): Readonly<Record<'cpu' | 'memory', string>> => ({
  cpu: String(availableParallelism()),
  memory: `${Math.floor(totalmem() / 1024)}Ki`,
});

/**
 * The value of a `resourceFieldRef`: the limit or request of a container in units of the divisor (default 1), rounded
 * up. A limit that is not set is what the node has; a request is 0. Throws for a field that there is not.
 */
export function resourceValue(field: ResourceField, containers: readonly Container[]): string {
  const { containerName, resource, divisor } = field;
  const container = containers.find(({ name }) => name === containerName);
  if (!container) throw new Error(`container ${containerName ?? ''} not found`);
  const [list = '', ...rest] = resource.split('.');
  const name = rest.join('.');
  const { limits, requests } = container.resources ?? {};
  const known =
    name === 'cpu' || name === 'memory' || name === 'ephemeral-storage' || name.startsWith('hugepages-');
  if (!known || (list !== 'limits' && list !== 'requests'))
    throw new Error(`unsupported container resource : ${resource}`);
  const machine: Readonly<Record<string, string>> = machineResources();
  const quantity = list === 'limits' ? (limits?.[name] ?? machine[name]) : requests?.[name];
  // An explicit divisor of 0 is what a client that leaves it out may send.
  const unit = milliValue(divisor ?? 1) || 1000;
  // Memory is counted in whole bytes.
  const value =
    name === 'cpu' ? milliValue(quantity ?? 0) : Math.ceil(milliValue(quantity ?? 0) / 1000) * 1000;
  return String(Math.ceil(value / unit));
}
