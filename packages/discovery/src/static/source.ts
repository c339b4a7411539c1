import type { Clock } from '../clock.js';
import { type Endpoint, formatAddress } from '../endpoint.js';
import { guarded, type Logger } from '../logger.js';
import { SetPublisher } from '../set-publisher.js';
import type { EndpointSource, Watch } from '../source.js';
import type { StaticTarget } from './target.js';

/** Sorted by key, each once. */
function endpointsOf({ addresses }: StaticTarget): Endpoint[] {
  const byKey = new Map<string, Endpoint>();
  for (const address of addresses) {
    const key = formatAddress(address.host, address.port);
    byKey.set(key, {
      key,
      addresses: [address],
      ready: true,
      serving: true,
      terminating: false,
      slice: 'static',
    });
  }
  return [...byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Makes the source of targets that list their endpoints. Nothing ever changes, so nothing is kept open. */
export function createStaticSource(options: {
  readonly clock: Clock;
  readonly logger: Logger;
}): EndpointSource<StaticTarget> {
  const { clock, logger } = options;
  const open = new Set<() => void>();
  return {
    watch(target, observer): Watch {
      const common = { target: target.text, source: 'static' as const };
      const publisher = new SetPublisher({ ...common, clock, logger: guarded(logger) });
      const leave = publisher.join(observer);
      publisher.publish({ endpoints: endpointsOf(target), state: { kind: 'live' } });
      open.add(leave);
      return {
        close() {
          open.delete(leave);
          leave();
        },
      };
    },
    close() {
      for (const leave of open) leave();
      open.clear();
    },
  };
}
