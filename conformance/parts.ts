import { clientGo } from './client-go/part.js';
import { controlPlanes } from './control-planes/part.js';
import { coredns } from './coredns/part.js';
import { ecosystem } from './ecosystem/part.js';
import { kubectl } from './kubectl/part.js';
import { kubernetes } from './kubernetes/part.js';
import { node } from './node/part.js';
import type { Part } from './part.js';
import { peers } from './peers/part.js';
import { xds } from './xds/part.js';

/** All parts, in the order in which they run. */
export const PARTS: readonly Part[] = [
  kubernetes,
  kubectl,
  clientGo,
  coredns,
  peers,
  xds,
  controlPlanes,
  ecosystem,
  node,
];
