import type { EndedStream, FailedCall } from '../client/messages.js';
import type { ClusterHistory, Fault, History } from './history.js';

export interface Rules {
  /** Keepalive time + timeout (ms): so long a connection to a pod that stands still may seem good. */
  readonly keepaliveMs: number;
  /** What reading a reset or an event takes (ms), beside what the client's process had no turn. */
  readonly slackMs: number;
  /** How long before a failure a healthy pod must have been known for the failure to count (ms). */
  readonly knownMs: number;
}

const UNAVAILABLE = 14;
/** How grpc-js says that a server did not begin with a call. */
const REFUSED = 'Stream refused by server';

/** Until when calls may be sent to a pod that is broken, because nobody could know. */
function unknownUntilMs(fault: Fault, { keepaliveMs }: Rules): number {
  if (fault.kind === 'killed') return fault.untilMs;
  return Math.min(fault.untilMs, fault.fromMs + keepaliveMs);
}

function broken(history: History, call: FailedCall, rules: Rules): boolean {
  const { peer, startedMs, endedMs, client, code, begun, stalledMs } = call;
  return history.faultsOf(peer ?? '').some((fault) => {
    // A retry that is sent to a pod that lives must succeed: only its deadline can pass meanwhile. A call whose answer
    // had begun is not tried again (gRFC A6).
    if (client === 'retrying' && !begun && fault.kind === 'killed' && code === UNAVAILABLE) return false;
    const before = startedMs <= unknownUntilMs(fault, rules) + rules.slackMs + stalledMs;
    if (!before || endedMs < fault.fromMs) return false;
    // Once the client has read that the pod is not ready, a new call must not go there.
    return (
      fault.kind === 'killed' ||
      history.publishedWithin(call.peer ?? '', startedMs - rules.slackMs - stalledMs, startedMs)
    );
  });
}

/**
 * A pod that shuts down refuses calls, and each is tried a second time (gRFC A6). A client that cannot have been told may
 * send both to pods that leave.
 */
function refusedUnheard(history: History, call: FailedCall, { slackMs }: Rules): boolean {
  const { peer, startedMs, endedMs, code, details } = call;
  if (peer === null || code !== UNAVAILABLE || details !== REFUSED) return false;
  return (
    history.cluster.lateWithin(startedMs, endedMs) &&
    history.cluster.usableBetween(startedMs, endedMs).every((keys) => !keys.has(peer)) &&
    history.publishedWithin(peer, startedMs - slackMs, startedMs)
  );
}

/** Why a failed call may have failed; null: it should not have. */
export function excuseOf(call: FailedCall, history: History, rules: Rules): string | null {
  if (refusedUnheard(history, call, rules)) return 'its pod was leaving, and nobody could tell';
  if (call.peer !== null) return broken(history, call, rules) ? 'its pod was broken' : null;
  const { endedMs } = call;
  const healthy = history.healthyThroughout(endedMs - rules.knownMs, endedMs);
  return healthy.length === 0 ? 'no pod was healthy and known' : null;
}

/** Why a stream may have ended; null: it should not have. */
export function excuseOfStream(stream: EndedStream, history: History, rules: Rules): string | null {
  const { peer, openedMs, endedMs } = stream;
  if (peer === null) {
    const healthy = history.healthyThroughout(endedMs - rules.knownMs, endedMs);
    return healthy.length === 0 ? 'no pod was healthy and known' : null;
  }
  if (history.faultsOf(peer).some(({ fromMs }) => fromMs <= endedMs)) return 'its pod was broken';
  return history.namedThroughout(peer, Math.max(openedMs, endedMs - KNOWN_LEAVING_MS), endedMs)
    ? null
    : 'its pod was leaving';
}

/** A pod that leaves ends its streams within its grace. */
const KNOWN_LEAVING_MS = 10_000;

/** News may be so late (ms): watches that break, and a control plane that backs off. */
const LATE_NEWS_MS = 60_000;

/** Why a client may have been told that there is no endpoint; null: there was one all the time. */
export function excuseOfNone(atMs: number, history: ClusterHistory): string | null {
  const sets = history.usableBetween(atMs - LATE_NEWS_MS, atMs);
  return sets.some((keys) => keys.size === 0) ? 'no pod was ready' : null;
}
