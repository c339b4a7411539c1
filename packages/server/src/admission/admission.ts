import { Metadata, ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import { RESOURCE_EXHAUSTED } from '../status.js';
import { LoopOverload } from './loop-overload.js';
import { type AdmissionOptions, type ResolvedAdmission, resolveAdmission } from './options.js';
import { type RefusalReason, Refusals } from './refusals.js';

/** How an interceptor ends a call. */
type Ending = Parameters<ServerInterceptingCall['sendStatus']>[0];

/** Refuses calls that a server has no room for. */
export interface Admission {
  /**
   * Options for `new grpc.Server(…)`: the interceptor that accepts or refuses. It must come after those of the
   * lifecycle and the load reports; `createLifecycle({ admission })` sees to it. A new object each time it is read.
   */
  readonly serverOptions: { interceptors: ServerInterceptor[] };
  /** Calls that were refused so far. */
  readonly refused: Readonly<Record<RefusalReason, number>>;
}

/**
 * Makes the admission of one server. A call that it has no room for ends RESOURCE_EXHAUSTED before its message is read,
 * with the time after which the client may try again. Throws `ServerError` for options that cannot be used.
 */
export function createAdmission(options: AdmissionOptions): Admission {
  return new ServerAdmission(resolveAdmission(options));
}

/** Calls of one kind. */
interface Room {
  readonly reason: RefusalReason;
  /** The option, for messages. */
  readonly bound: string;
  readonly max: number;
  taken: number;
}

class ServerAdmission implements Admission {
  private readonly options: ResolvedAdmission;
  private readonly calls: Room;
  private readonly streams: Room;
  private readonly loop: LoopOverload;
  private readonly refusals: Refusals;

  constructor(options: ResolvedAdmission) {
    const { maxInFlight, maxStreams, maxEventLoopDelayMs, clock } = options;
    this.options = options;
    this.calls = { reason: 'in_flight', bound: 'maxInFlight', max: maxInFlight, taken: 0 };
    this.streams = { reason: 'streams', bound: 'maxStreams', max: maxStreams, taken: 0 };
    this.loop = new LoopOverload(clock, maxEventLoopDelayMs);
    this.refusals = new Refusals(options);
  }

  get serverOptions(): { interceptors: ServerInterceptor[] } {
    return { interceptors: [this.interceptor] };
  }

  get refused(): Readonly<Record<RefusalReason, number>> {
    return { ...this.refusals.counts };
  }

  private readonly interceptor: ServerInterceptor = (method, inner) => {
    if (this.options.exempt.has(serviceOf(method.path))) return new ServerInterceptingCall(inner);
    const room = method.requestStream || method.responseStream ? this.streams : this.calls;
    let open = false;
    const end = (): void => {
      if (open) room.taken -= 1;
      open = false;
    };
    return new ServerInterceptingCall(inner, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            const refusal = this.refusal(room);
            if (refusal !== null) {
              inner.sendStatus(refusal);
              return;
            }
            open = true;
            room.taken += 1;
            pass(metadata);
          },
          onCancel: end,
        }),
      sendStatus: (status, next) => {
        end();
        next(status);
      },
    });
  };

  /** How a call ends for which there is no room; null: there is. */
  private refusal({ reason, bound, max, taken }: Room): Ending | null {
    this.loop.called();
    if (taken >= max) return this.refuse(reason, `${bound} ${max} is reached`);
    if (!this.loop.overloaded) return null;
    const { maxEventLoopDelayMs } = this.options;
    return this.refuse('event_loop_delay', `the event loop is later than ${maxEventLoopDelayMs} ms`);
  }

  private refuse(reason: RefusalReason, why: string): Ending {
    this.refusals.add(reason);
    const metadata = new Metadata();
    metadata.set('grpc-retry-pushback-ms', String(this.pushbackMs()));
    return { code: RESOURCE_EXHAUSTED, details: `this server has too much to do: ${why}`, metadata };
  }

  /** gRFC A6: a negative value, and whatever is no number, means "do not retry". Spread: the refused come back apart. */
  private pushbackMs(): number {
    const { pushbackMs, random } = this.options;
    return pushbackMs < 0 ? -1 : Math.round(pushbackMs * (0.5 + random()));
  }
}

/** `shop.Orders` of `/shop.Orders/Get`. */
function serviceOf(path: string): string {
  return path.slice(1, path.lastIndexOf('/'));
}
