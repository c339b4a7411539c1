import { DiscoveryError } from '../../errors.js';
import { UNANSWERED, UNCONNECTED } from '../client/exchange.js';
import { KubeError } from '../client/kube-error.js';
import { IDLE } from '../client/response-body.js';
import { errorCode } from '../error-code.js';

/** What an error means for the next step, whatever its text. */
export type Failure =
  /** The resourceVersion is gone: HTTP 410, or an ERROR event with that status. */
  | 'expired'
  /** The server has not yet seen that resourceVersion: it is another's, or its store was rolled back. */
  | 'tooLarge'
  /** The server does not know this kind of request. */
  | 'refused'
  | 'throttled'
  | 'denied'
  /** No connection came about: nothing was asked of the API server. */
  | 'unconnected'
  /** The connection broke, or a proxy found no server behind it. */
  | 'lost'
  /** The stream was silent beyond the idle deadline. */
  | 'idle'
  /** The request was sent, and no answer came in time. */
  | 'unanswered'
  /** The bytes were not what was promised. */
  | 'protocol'
  | 'other';

const REFUSED = new Set([400, 405, 422]);
/** What the system says when there is nobody to connect to, or no way there. */
const NOT_CONNECTED = new Set([
  ...[UNCONNECTED, 'ECONNREFUSED', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN'],
  ...['ENOTFOUND', 'EAI_AGAIN'],
]);
const NO_SERVER = new Set([502, 503, 504]);

function isTooLarge(error: KubeError): boolean {
  const caused = error.details.causes?.some((cause) => cause.reason === 'ResourceVersionTooLarge');
  // API servers before 1.20 say it in the message only.
  return caused === true || error.message.includes('Too large resource version');
}

function ofStatus(error: KubeError): Failure {
  if (error.status === 410 || error.reason === 'Expired' || error.reason === 'Gone') return 'expired';
  if (isTooLarge(error)) return 'tooLarge';
  if (error.status === 429) return 'throttled';
  if (error.status === 401 || error.status === 403) return 'denied';
  if (REFUSED.has(error.status)) return 'refused';
  if (NO_SERVER.has(error.status)) return error.retryAfterMs === undefined ? 'lost' : 'throttled';
  return 'other';
}

/** True when there was a connection and no word came over it: another question may be answered. */
export function isSilence(error: unknown): boolean {
  const failure = failureOf(error);
  return failure === 'unanswered' || failure === 'idle';
}

/** Sorts an error of a request or a stream. */
export function failureOf(error: unknown): Failure {
  if (error instanceof KubeError) return ofStatus(error);
  if (!(error instanceof DiscoveryError)) return 'other';
  if (error.code === 'UNREACHABLE') {
    const code = errorCode(error.cause);
    if (code === UNANSWERED) return 'unanswered';
    if (NOT_CONNECTED.has(code)) return 'unconnected';
    return code === IDLE ? 'idle' : 'lost';
  }
  return error.code === 'PROTOCOL' ? 'protocol' : 'denied';
}
