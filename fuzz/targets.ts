import type { FuzzTarget } from './target.js';
import { answers } from './targets/answers.js';
import { apiRequests } from './targets/api-requests.js';
import { dnsQueries } from './targets/dns-queries.js';
import { dnsReplies } from './targets/dns-replies.js';
import { endpointFiles, resolvConfs } from './targets/files.js';
import { grpcMessages } from './targets/grpc-messages.js';
import { kubeconfigs, kubeconfigTexts } from './targets/kubeconfigs.js';
import { loadReports } from './targets/load-reports.js';
import { manifests } from './targets/manifests.js';
import { pipelines } from './targets/pipelines.js';
import { policies } from './targets/policies.js';
import { protobuf } from './targets/protobuf.js';
import { slices } from './targets/slices.js';
import { spdy } from './targets/spdy.js';
import { targetStrings } from './targets/target-strings.js';
import { tokens } from './targets/tokens.js';
import { watchEvents, watchLines } from './targets/watch-lines.js';
import { xdsRequests } from './targets/xds-requests.js';

/** Forgets what an input is: whoever runs targets by name only hands a target's inputs back to it. */
function any<Input>(target: FuzzTarget<Input>): FuzzTarget {
  return target as FuzzTarget;
}

/** All targets, in the order in which they run. */
export const TARGETS: readonly FuzzTarget[] = [
  any(targetStrings),
  any(kubeconfigs),
  any(kubeconfigTexts),
  any(policies),
  any(pipelines),
  any(loadReports),
  any(slices),
  any(watchLines),
  any(watchEvents),
  any(answers),
  any(dnsQueries),
  any(dnsReplies),
  any(resolvConfs),
  any(endpointFiles),
  any(protobuf),
  any(spdy),
  any(tokens),
  any(grpcMessages),
  any(xdsRequests),
  any(manifests),
  any(apiRequests),
];
