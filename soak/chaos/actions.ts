import { fallsOn } from '#commands/random.js';
import { monotonicMs } from '#commands/wait.js';
import type { SeenEndpoint } from '../client/messages.js';
import { NAMESPACE } from '../cluster/manifest.js';
import { endOf, freeze } from '../cluster/pod-process.js';
import { usable } from '../cluster/slices.js';
import { type Action, between, type Dice, type Done, forAWhile, skipped } from './action.js';
import { apiOutage, CONTROL_PLANE_ACTIONS } from './control-plane-actions.js';
import type { ActionName } from './plan.js';
import { type Stage, throughApi } from './stage.js';

const LEAST_REPLICAS = 3;
const MOST_REPLICAS = 8;
/** So many nodes must stay, for the pods and for one black hole. */
const LEAST_NODES = 3;
const HOUR_MS = 3_600_000;

/** The endpoints, also when the API server is away for a moment. */
function present({ endpoints, signal }: Stage): Promise<readonly SeenEndpoint[]> {
  return throughApi('the endpoints are read', signal, endpoints);
}

/** Ready pods of nodes that live, the same order in every run with as many. */
async function targets(stage: Stage): Promise<readonly SeenEndpoint[]> {
  const { lostNodes } = stage;
  return usable(await present(stage)).filter(({ node, terminating }) => !terminating && !lostNodes.has(node));
}

async function killPod(stage: Stage, [die]: Dice): Promise<Done> {
  const target = fallsOn(await targets(stage), die);
  if (target === undefined) return skipped('no ready pod');
  const fault = stage.history.broke('killed', target.key, {
    fromMs: monotonicMs(),
    untilMs: Number.POSITIVE_INFINITY,
  });
  const ended = endOf(target.pod);
  try {
    await stage.cluster.faults.killPod(NAMESPACE, target.pod);
  } catch {
    fault.untilMs = monotonicMs();
    return skipped(`${target.pod} has ended`);
  }
  await ended();
  fault.untilMs = monotonicMs();
  return { what: `${target.pod} at ${target.key}` };
}

async function loseNode(stage: Stage, [die]: Dice): Promise<Done> {
  const { cluster, history, lostNodes } = stage;
  const left = cluster.nodes.filter((node) => !lostNodes.has(node));
  const node = fallsOn(left, die);
  if (left.length <= LEAST_NODES || node === undefined) return skipped(`${left.length} nodes are left`);
  const pods = (await present(stage)).filter((endpoint) => endpoint.node === node);
  const during = { fromMs: monotonicMs(), untilMs: Number.POSITIVE_INFINITY };
  const faults = pods.map(({ key }) => history.broke('killed', key, during));
  const ended = pods.map(({ pod }) => endOf(pod));
  lostNodes.add(node);
  await cluster.faults.loseNode(node);
  for (const end of ended) await end();
  for (const fault of faults) fault.untilMs = monotonicMs();
  return { what: `${node} with ${pods.length} pods` };
}

async function blackHoleNode(stage: Stage, [die, length]: Dice): Promise<Done> {
  const ready = await targets(stage);
  const node = fallsOn([...new Set(ready.map((endpoint) => endpoint.node))].sort(), die);
  const pods = ready.filter((endpoint) => endpoint.node === node);
  if (node === undefined || pods.length === ready.length) return skipped('no pod would be left');
  const during = { fromMs: monotonicMs(), untilMs: Number.POSITIVE_INFINITY };
  const faults = pods.map(({ key }) => stage.history.broke('frozen', key, during));
  const thaws = pods.map(({ pod }) => freeze(pod));
  const ms = Math.round(between(1_000, 8_000, length));
  const restore = forAWhile(ms, () => {
    for (const thaw of thaws) thaw();
    for (const fault of faults) fault.untilMs = monotonicMs();
  });
  return { what: `${pods.length} pods of ${node} stand still for ${ms} ms`, restore };
}

async function apiErrors({ proxy }: Stage, [die, length]: Dice): Promise<Done> {
  const code = fallsOn([429, 500, 503], die)!;
  const ms = Math.round(between(500, 3_000, length));
  proxy.mischief.refusal = code;
  proxy.reset();
  const restore = forAWhile(ms, () => {
    proxy.mischief.refusal = null;
  });
  return { what: `${code} for ${ms} ms`, restore };
}

/** The next watch from an old version gets a true 410, so the client must list. */
async function forget({ cluster, proxy }: Stage): Promise<void> {
  await cluster.faults.compact();
  proxy.reset();
}

async function compact(stage: Stage): Promise<Done> {
  await forget(stage);
  return { what: 'watch history forgotten, connections reset' };
}

async function slowLists(stage: Stage, [die]: Dice): Promise<Done> {
  const { mischief } = stage.proxy;
  const ms = Math.round(between(2_000, 5_000, die));
  mischief.slow = true;
  await forget(stage);
  const restore = forAWhile(ms, () => {
    mischief.slow = false;
  });
  return { what: `for ${ms} ms, after a compaction`, restore };
}

async function holdWatches({ proxy }: Stage, [die]: Dice): Promise<Done> {
  const ms = Math.round(between(500, 4_000, die));
  proxy.mischief.held = true;
  return { what: `for ${ms} ms`, restore: forAWhile(ms, () => proxy.release()) };
}

async function partialFrames({ proxy }: Stage, [die]: Dice): Promise<Done> {
  const ms = Math.round(between(2_000, 6_000, die));
  proxy.mischief.trickled = true;
  const restore = forAWhile(ms, () => {
    proxy.mischief.trickled = false;
  });
  return { what: `for ${ms} ms`, restore };
}

async function cutFrame({ proxy }: Stage, [share, die]: Dice): Promise<Done> {
  const how = die < 0.5 ? 'end' : 'reset';
  proxy.mischief.cut = { share, how };
  return { what: `the next event of each watch after ${Math.round(share * 100)} % of it, by ${how}` };
}

async function clockJump({ client, planes }: Stage, [die, sign]: Dice): Promise<Done> {
  const ms = Math.round((sign < 0.5 ? -1 : 1) * die ** 3 * 2 * HOUR_MS);
  await Promise.all([client.moveDate(ms), planes.elder.moveDate(ms)]);
  return { what: `${ms} ms` };
}

async function tokenExpiry({ accesses, proxy, signal }: Stage, [die]: Dice): Promise<Done> {
  const ms = Math.round(between(500, 3_000, die));
  for (const access of accesses) await throughApi('a token is ended', signal, () => access.expireToken());
  // An open watch outlives its token.
  proxy.reset();
  const renew = async (): Promise<void> => {
    for (const access of accesses)
      await throughApi('there is another token', signal, () => access.renewToken());
  };
  return { what: `no other for ${ms} ms`, restore: forAWhile(ms, renew) };
}

async function scale({ cluster, signal }: Stage, [die]: Dice): Promise<Done> {
  const replicas = Math.floor(between(LEAST_REPLICAS, MOST_REPLICAS + 1, die));
  await throughApi('the deployment is scaled', signal, () => cluster.scale(replicas));
  return { what: `to ${replicas}` };
}

async function deletePod(stage: Stage, [die]: Dice): Promise<Done> {
  const { cluster, signal } = stage;
  const target = fallsOn(await targets(stage), die);
  if (target === undefined) return skipped('no ready pod');
  await throughApi('a pod is deleted', signal, () => cluster.deletePod(target.pod));
  return { what: target.pod };
}

/** What each name does. */
export const ACTIONS: Readonly<Record<ActionName, Action>> = {
  ...CONTROL_PLANE_ACTIONS,
  scale,
  'kill-pod': killPod,
  'delete-pod': deletePod,
  'lose-node': loseNode,
  'black-hole-node': blackHoleNode,
  'api-outage': apiOutage,
  'api-errors': apiErrors,
  compact,
  'slow-lists': slowLists,
  'hold-watches': holdWatches,
  'partial-frames': partialFrames,
  'cut-frame': cutFrame,
  'clock-jump': clockJump,
  'token-expiry': tokenExpiry,
  async rollout({ cluster, signal }) {
    await throughApi('a rollout begins', signal, () => cluster.restart());
    return { what: 'of all pods' };
  },
  async 'reset-watches'({ cluster }) {
    await cluster.faults.reset();
    return { what: 'RST on each' };
  },
  async 'rewrite-slices'({ cluster, signal }) {
    await throughApi('slices are rewritten', signal, () => cluster.rewriteSlices());
    return { what: 'a copy made, the old ones deleted, the copy deleted' };
  },
};
