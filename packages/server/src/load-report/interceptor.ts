import { ASK_HEADER, REPORT_TRAILER, STREAM_METHOD } from '@fairlead/balancing';
import { Metadata, ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import { HEALTH_PATH } from '../health.js';
import { OK } from '../status.js';
import type { CallMeter } from './meter.js';

export interface ReportingOptions {
  readonly meter: CallMeter;
  readonly now: () => number;
  /** The report of this moment. */
  report(): Buffer;
}

/** Calls that say nothing of the load: they are about the server, not its work. */
function isAside(path: string): boolean {
  return path.startsWith(HEALTH_PATH) || path === STREAM_METHOD;
}

/**
 * Counts calls, and reports in the trailers of those whose client asked for it. A call that is cancelled, or whose
 * connection breaks, ends as one that failed.
 */
export function reportingInterceptor({ meter, now, report }: ReportingOptions): ServerInterceptor {
  return (method, inner) => {
    if (isAside(method.path)) return new ServerInterceptingCall(inner);
    const unary = !method.requestStream && !method.responseStream;
    let beganMs = 0;
    let open = false;
    let asked = false;
    const end = (ok: boolean): void => {
      if (!open) return;
      open = false;
      meter.end(ok, unary ? now() - beganMs : null);
    };
    return new ServerInterceptingCall(inner, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            open = true;
            beganMs = now();
            meter.begin();
            asked = metadata.get(ASK_HEADER).length > 0;
            pass(metadata);
          },
          onCancel: () => end(false),
        }),
      sendStatus: (status, next) => {
        end(status.code === OK);
        if (!asked) {
          next(status);
          return;
        }
        const metadata = status.metadata ?? new Metadata();
        metadata.set(REPORT_TRAILER, report());
        next({ ...status, metadata });
      },
    });
  };
}
