import { STREAM_METHOD } from '@fairlead/balancing';
import { ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import { HEALTH_PATH } from './health/names.js';
import { UNAVAILABLE } from './status.js';

/** What a server interceptor is given to answer through. */
type InnerCall = Parameters<ServerInterceptor>[1];

interface TrackedCall {
  readonly inner: InnerCall;
  /** It is about the server, not its work: a health call or a stream of load reports. */
  readonly aside: boolean;
  /** The handler has sent its status; the last bytes may still be on their way. */
  answered: boolean;
  /** Ended by us: whatever the handler still sends is dropped. */
  cut: boolean;
}

/** Calls of a drain that ended by themselves, and those that were ended. Health calls and load reports are in neither. */
interface CallCounts {
  readonly finished: number;
  readonly cut: number;
}

/**
 * Knows every call of the servers that carry its interceptor. grpc-js alone can wait for calls or destroy their
 * connections, which the clients see as CANCELLED and do not retry; only an interceptor can end a call with a status.
 */
export class CallRegistry {
  readonly interceptor: ServerInterceptor = (method, inner) =>
    this.track({
      inner,
      aside: method.path.startsWith(HEALTH_PATH) || method.path === STREAM_METHOD,
      answered: false,
      cut: false,
    });
  private readonly calls = new Set<TrackedCall>();
  private finishedCount = 0;
  private cutCount = 0;
  private asidesClosed = false;
  private openCount = 0;
  private changed = (): void => {};

  /**
   * Calls that have not ended. Health calls and load reports are left out: a client that does not read them loses
   * nothing when its connection is destroyed.
   */
  get open(): number {
    return this.openCount;
  }

  /** Calls `changed` whenever a call begins or ends, in place of the one before. */
  onChange(changed: () => void): void {
    this.changed = changed;
  }

  /** Counts from here on. */
  begin(): void {
    this.finishedCount = 0;
  }

  get counts(): CallCounts {
    return { finished: this.finishedCount, cut: this.cutCount };
  }

  /** Ends the open health calls and streams of load reports, which never end by themselves, and those still to come. */
  endAsides(): void {
    this.asidesClosed = true;
    for (const call of this.calls) if (call.aside) end(call);
  }

  /** Ends every call that its handler has not answered yet. */
  cut(): void {
    for (const call of this.calls) {
      if (call.answered || call.cut) continue;
      if (!call.aside) this.cutCount++;
      end(call);
    }
  }

  /** Counts calls whose answer could not be delivered before their connection is destroyed. */
  abandon(): void {
    for (const call of this.calls) {
      if (call.cut || call.aside) continue;
      call.cut = true;
      this.cutCount++;
    }
  }

  private move(by: 1 | -1): void {
    this.openCount += by;
    this.changed();
  }

  private track(call: TrackedCall): ServerInterceptingCall {
    return new ServerInterceptingCall(call.inner, {
      start: (next) =>
        next({
          // The first event of a call that really starts: one whose stream is already gone has no events at all,
          // and would stay in the set for ever.
          onReceiveMetadata: (metadata, pass) => {
            this.calls.add(call);
            if (!call.aside) this.move(1);
            pass(metadata);
            if (call.aside && this.asidesClosed) end(call);
          },
          // Also the last event of a call that went well.
          onCancel: () => {
            if (!this.calls.delete(call) || call.aside) return;
            if (!call.cut) this.finishedCount++;
            this.move(-1);
          },
        }),
      sendMetadata: (metadata, next) => {
        if (!call.cut) next(metadata);
      },
      // The stream is already ended: a write would be an error on it.
      sendMessage: (message, next) => {
        if (!call.cut) next(message);
      },
      sendStatus: (status, next) => {
        if (call.cut) return;
        call.answered = true;
        next(status);
      },
    });
  }
}

function end(call: TrackedCall): void {
  if (call.answered || call.cut) return;
  call.cut = true;
  call.inner.sendStatus({ code: UNAVAILABLE, details: 'server is shutting down' });
}
