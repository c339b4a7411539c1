import type { Endpoint } from '@fairlead/discovery';

/** The conditions of an endpoint in a word or two. */
export function conditionsOf({
  ready,
  serving,
  terminating,
}: Pick<Endpoint, 'ready' | 'serving' | 'terminating'>): string {
  if (terminating) return serving ? 'terminating (serving)' : 'terminating';
  return ready ? 'ready' : 'not ready';
}
