import { ASK_HEADER, REPORT_TRAILER, STREAM_METHOD } from '@fairlead/balancing';
import { Metadata, ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import { HEALTH_PATH } from '../health/names.js';
import { DATA_LOSS, INTERNAL, OK, RESOURCE_EXHAUSTED, UNAVAILABLE, UNKNOWN } from '../status.js';
import type { CallMeter } from './meter.js';

export interface ReportingOptions {
  readonly meter: CallMeter;
  readonly now: () => number;
  /** The report of this moment. */
  report(): Buffer;
}

/** Codes of calls that the server failed or did not take, as opposed to those that it answered with a no. */
const FAULTS: readonly number[] = [UNKNOWN, RESOURCE_EXHAUSTED, INTERNAL, UNAVAILABLE, DATA_LOSS];

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
    /** `code` is undefined for a call that was cancelled. */
    const end = (code?: number): void => {
      if (!open) return;
      open = false;
      const nowMs = now();
      if (!unary) {
        meter.endStream(nowMs, code === OK);
        return;
      }
      const latencyMs = nowMs - beganMs;
      // A server whose calls all fail at once would look like the fastest one.
      const fault = code !== undefined && FAULTS.includes(code);
      const slow = latencyMs > (meter.latencyMs ?? Number.POSITIVE_INFINITY);
      meter.end(nowMs, code === OK, fault && !slow ? null : latencyMs);
    };
    return new ServerInterceptingCall(inner, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            open = true;
            beganMs = now();
            if (unary) meter.begin();
            asked = metadata.get(ASK_HEADER).length > 0;
            pass(metadata);
          },
          onCancel: () => end(),
        }),
      sendStatus: (status, next) => {
        end(status.code);
        if (!asked) {
          next(status);
          return;
        }
        // A handler may send the same object with every call.
        const metadata = status.metadata?.clone() ?? new Metadata();
        metadata.set(REPORT_TRAILER, report());
        next({ ...status, metadata });
      },
    });
  };
}
