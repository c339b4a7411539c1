import { createHistogram } from 'node:perf_hooks';

/** What one call came to. */
export interface CallResult {
  /** gRPC status code. */
  readonly code: number;
  /** Address that answered, or undefined when no connection was picked. */
  readonly peer: string | undefined;
  /** From the scheduled time to the end. */
  readonly latencyMs: number;
  /** Text of the status. */
  readonly details?: string;
  /** Replies that came; a stream has any number. Default 0. */
  readonly messages?: number;
}

export interface EndpointTally {
  /** Pod of the endpoint set, or null when the target has none. */
  pod: string | null;
  calls: number;
  failed: number;
}

/** The JSON of `fairlead call`. */
export interface LoadReport {
  calls: number;
  ok: number;
  failed: number;
  /** Replies of all calls: more than calls for methods that stream. */
  messages: number;
  byStatus: Record<string, number>;
  byEndpoint: Record<string, EndpointTally>;
  latencyMs: { p50: number; p90: number; p99: number; max: number };
}

/** Counts calls by status and endpoint, with their latencies. */
export interface Tally {
  add(result: CallResult): void;
  report(): LoadReport;
  /** The text that came last with each status but OK, by status. */
  reasons(): Readonly<Record<string, string>>;
}

/** Calls without a peer count under this name. */
export const NO_PEER = '-';
const MICROSECONDS = 1000;

/** `podOf` names the pod of an address; `statusName` the gRPC status of a code. */
export function createTally(
  podOf: (address: string) => string | null,
  statusName: (code: number) => string,
): Tally {
  const byStatus: Record<string, number> = {};
  const byEndpoint: Record<string, EndpointTally> = {};
  const reasons: Record<string, string> = {};
  const latency = createHistogram();
  let calls = 0;
  let ok = 0;
  let replies = 0;
  const percentile = (p: number): number => (calls === 0 ? 0 : latency.percentile(p) / MICROSECONDS);
  return {
    add({ code, peer = NO_PEER, latencyMs, details, messages = 0 }) {
      calls++;
      replies += messages;
      const failed = code === 0 ? 0 : 1;
      ok += 1 - failed;
      const status = statusName(code);
      byStatus[status] = (byStatus[status] ?? 0) + 1;
      if (failed > 0 && details) reasons[status] = details;
      const endpoint = byEndpoint[peer] ?? { pod: null, calls: 0, failed: 0 };
      byEndpoint[peer] = endpoint;
      endpoint.pod ??= peer === NO_PEER ? null : podOf(peer);
      endpoint.calls++;
      endpoint.failed += failed;
      latency.record(Math.max(1, Math.round(latencyMs * MICROSECONDS)));
    },
    reasons: () => ({ ...reasons }),
    report: () => ({
      calls,
      ok,
      failed: calls - ok,
      messages: replies,
      byStatus: { ...byStatus },
      byEndpoint: structuredClone(byEndpoint),
      latencyMs: {
        p50: percentile(50),
        p90: percentile(90),
        p99: percentile(99),
        max: calls === 0 ? 0 : latency.max / MICROSECONDS,
      },
    }),
  };
}
