import { show } from '@fairlead/balancing';
import { ClientError } from '../errors.js';
import type { CallOptions } from '../grpc.js';
import { currentRuntime } from '../registration/register.js';
import { type ImbalanceHandler, markOptions } from './stream-call.js';
import { UnseenHandlers } from './unseen-handlers.js';

let unseen: UnseenHandlers | null = null;

function warn(): void {
  currentRuntime()?.log.once(
    'onImbalance',
    'onImbalance() was given to no call that an interceptor looked at, so that it is never called: make the client with channelOptions(), or with interceptors: [callKinds()]',
  );
}

/**
 * Call options for a stream that the application can open again: `handler` is called, once or more, when it should,
 * because its endpoint has too many streams or will soon be gone. The stream goes on meanwhile: open the new one, take
 * over, then cancel the old one. Without a call of it nothing is moved. To be made for each stream, and spread where there
 * are other options: `{ deadline, ...onImbalance(move) }`. Throws `OPTION_INVALID` for what is no function.
 */
export function onImbalance(handler: ImbalanceHandler): CallOptions {
  if (typeof handler !== 'function') {
    throw new ClientError('OPTION_INVALID', `onImbalance: got ${show(handler)}, accepted: a function`);
  }
  unseen ??= new UnseenHandlers(warn);
  return markOptions(unseen.mark(handler));
}
