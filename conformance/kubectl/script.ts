import { ACCESS } from './script/access.js';
import { APPLY } from './script/apply.js';
import { AUTOSCALE } from './script/autoscale.js';
import { CHANGE } from './script/change.js';
import { CLUSTER } from './script/cluster.js';
import { DAEMONS } from './script/daemons.js';
import { DELETE } from './script/delete.js';
import { DISRUPT } from './script/disrupt.js';
import { EDIT } from './script/edit.js';
import { ENDPOINTS } from './script/endpoints.js';
import { EXPLAIN } from './script/explain.js';
import { JOBS } from './script/jobs.js';
import { LOOK } from './script/look.js';
import { MAKE } from './script/make.js';
import { POD_LIFE } from './script/pod-life.js';
import { PODS } from './script/pods.js';
import { REFUSE } from './script/refuse.js';
import { SERVER_SIDE } from './script/server-side.js';
import { STATEFUL } from './script/stateful.js';
import type { Step } from './script/step.js';
import { STREAMS } from './script/streams.js';

/** The whole script, in order: each command relies on those before. */
export const SCRIPT: readonly Step[] = [
  ...CLUSTER,
  ...APPLY,
  ...LOOK,
  ...ENDPOINTS,
  ...EXPLAIN,
  ...CHANGE,
  ...EDIT,
  ...SERVER_SIDE,
  ...PODS,
  ...STREAMS,
  ...POD_LIFE,
  ...MAKE,
  ...STATEFUL,
  ...DAEMONS,
  ...JOBS,
  ...ACCESS,
  ...REFUSE,
  ...AUTOSCALE,
  ...DISRUPT,
  ...DELETE,
];
