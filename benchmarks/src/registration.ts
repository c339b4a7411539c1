import { register } from '@fairlead/client';

/**
 * Registers Fairlead as an application does. `settleMs` only decides how long a vanished endpoint is kept: short, so
 * that a benchmark needs not wait long between two changes. No figure is about removals.
 */
export function registerFairlead(): void {
  register({ settleMs: 2, logger: { debug() {}, info() {}, warn() {}, error: console.error } });
}
