import { describeUnavailable, type EndpointSet } from '@fairlead/discovery';

/** Why a set has no endpoint to call, in the words that a caller sees. */
export function explainSet(set: EndpointSet): string {
  const context = { target: { text: set.target }, asked: '', waitedMs: 0, nowMs: Date.now() };
  return describeUnavailable(set, set.state, context);
}
