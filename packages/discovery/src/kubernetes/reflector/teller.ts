import type { DiscoveryError } from '../../errors.js';
import type { Logger } from '../../logger.js';
import type { KubeObject, WatchEvent } from '../client/client.js';
import type { ReflectorHandler, ReflectorOptions, RestartReason } from './reflector.js';

/** Calls a reflector's handler: never after close(), and an error of the handler ends there. */
export interface Teller<T extends KubeObject, L> {
  replace(items: readonly L[]): void;
  change(event: WatchEvent<T>): void;
  restart(reason: RestartReason): void;
  /** `null` = connected and in sync; told only when it was not so before. */
  state(trouble: DiscoveryError | null): void;
}

/** Makes the teller of one reflector, which stops when `closed` is aborted. */
export function createTeller<T extends KubeObject, L>(
  options: ReflectorOptions<T, L> & { readonly logger: Logger },
  closed: AbortSignal,
): Teller<T, L> {
  const { handler, ref, logger } = options;
  let told: DiscoveryError | null | undefined;

  function call(method: keyof ReflectorHandler<T, L>, run: () => void): void {
    if (closed.aborted) return;
    try {
      run();
    } catch (error) {
      logger.error('a reflector handler failed', { resource: ref.resource, method, error });
    }
  }

  return {
    replace: (items) => call('replace', () => handler.replace(items)),
    restart: (reason) => call('onRestart', () => handler.onRestart?.(reason)),
    change({ type, object }) {
      if (type === 'DELETED') call('remove', () => handler.remove(object));
      else if (type !== 'BOOKMARK') call('upsert', () => handler.upsert(object));
    },
    state(trouble) {
      if (trouble === null && told === null) return;
      told = trouble;
      call('onState', () => handler.onState?.(trouble));
    },
  };
}
