import { show } from '@fairlead/balancing';
import { ClientError } from '../errors.js';
import type { CallOptions } from '../grpc.js';
import { currentRuntime } from '../registration/register.js';
import { type HandlerMark, type ImbalanceHandler, markOptions } from './stream-call.js';

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
  const mark: HandlerMark = { handler, seen: false };
  setImmediate(() => {
    if (mark.seen) return;
    currentRuntime()?.log.once(
      'onImbalance',
      'onImbalance() was given to a call that no interceptor looked at, so that it is never called: make the client with channelOptions(), or with interceptors: [callKinds()]',
    );
  });
  return markOptions(mark);
}
