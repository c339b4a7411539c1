import { setTimeout as pause } from 'node:timers/promises';
import { waitFor } from '#commands/wait.js';
import { type Cluster, ECHO, NAMESPACE } from './cluster.js';
import { type Happening, happeningOf } from './happening.js';
import { epochMs, type Observer } from './observer.js';

/** A cluster under the eyes of an observer. */
export interface Stage {
  readonly cluster: Cluster;
  readonly observer: Observer;
  readonly signal: AbortSignal;
}

/** Something that happens to the pods while everybody calls. */
export interface ClusterEvent {
  readonly id: string;
  readonly title: string;
  /** What is done, in a sentence. */
  readonly about: string;
  /** How long it is watched after the slices are final (ms). */
  readonly windowMs: number;
  /** Does it; resolves when the slices say what they will say. */
  cause(stage: Stage): Promise<void>;
}

/** Pods are processes of this machine: they start and end within seconds. */
const SETTLE_MS = 90_000;
/** DNS clients may ask again 30 s after they asked last: a minute shows them at their best. */
const MINUTE_MS = 60_000;
const OUTAGE_MS = 10_000;
const NOBODY_MS = 10_000;

/** Waits until exactly so many pods are ready and nobody else is in the slices. */
export const settle = ({ observer, signal }: Stage, pods: number): Promise<void> =>
  waitFor(`${pods} ready pods`, () => observer.ready().size === pods && observer.size() === pods, {
    timeoutMs: SETTLE_MS,
    signal,
  });

/** Scales the Deployment and waits until the slices say so. */
export async function scaleTo(stage: Stage, pods: number): Promise<void> {
  await stage.cluster.scale(pods);
  await settle(stage, pods);
}

async function killOne(stage: Stage): Promise<void> {
  const pods = stage.observer.ready();
  const [victim = ''] = [...pods].sort();
  await stage.cluster.sandbox.faults.killPod(NAMESPACE, victim);
  const { signal } = stage;
  await waitFor('the killed pod is not ready', () => !stage.observer.ready().has(victim), {
    timeoutMs: SETTLE_MS,
    signal,
  });
  await settle(stage, pods.size);
}

async function outage(stage: Stage): Promise<void> {
  const { faults } = stage.cluster.sandbox;
  await faults.stopApi();
  try {
    await pause(OUTAGE_MS / 2, undefined, { signal: stage.signal });
    await stage.cluster.scale(4);
    await pause(OUTAGE_MS / 2, undefined, { signal: stage.signal });
  } finally {
    await faults.startApi();
  }
  await settle(stage, 4);
}

/** Begins a rollout and waits until no pod of before is left. */
export async function replace(stage: Stage, begin: () => Promise<void>): Promise<void> {
  const before = stage.observer.ready();
  await begin();
  const { signal } = stage;
  const replaced = (): boolean => [...stage.observer.ready()].every((pod) => !before.has(pod));
  await waitFor('every pod is a new one', replaced, { timeoutMs: SETTLE_MS, signal });
  await settle(stage, before.size);
}

async function zeroAndBack(stage: Stage): Promise<void> {
  await scaleTo(stage, 0);
  await pause(NOBODY_MS, undefined, { signal: stage.signal });
  await scaleTo(stage, 4);
}

/** In the order in which they happen; the first begins with 4 pods. */
export const EVENTS: readonly ClusterEvent[] = [
  {
    id: 'scale-up',
    title: 'Scale up, 4 → 8 pods',
    about: 'The Deployment is scaled from 4 to 8.',
    windowMs: MINUTE_MS,
    cause: (stage) => scaleTo(stage, 8),
  },
  {
    id: 'pod-killed',
    title: 'One of 8 pods killed',
    about: 'SIGKILL to one pod’s process; its container is started again under the same address.',
    windowMs: 30_000,
    cause: killOne,
  },
  {
    id: 'scale-down',
    title: 'Scale down, 8 → 2 pods',
    about: 'The Deployment is scaled from 8 to 2; pods wait 5 s (preStop), then let calls finish.',
    windowMs: 30_000,
    cause: (stage) => scaleTo(stage, 2),
  },
  {
    id: 'api-outage',
    title: 'API server away for 10 s, with a scale-up 2 → 4',
    about:
      'The API server resets all connections and refuses new ones for 10 s. Half-way the Deployment is scaled from 2 to 4; the pods start when the API server is back.',
    windowMs: MINUTE_MS,
    cause: outage,
  },
  {
    id: 'rolling-restart',
    title: 'Rolling restart of 4 pods, one at a time',
    about:
      'All 4 pods are replaced with `maxSurge: 1`, `maxUnavailable: 0`, `minReadySeconds: 2`; the new ones are ready at once.',
    windowMs: MINUTE_MS,
    cause: (stage) => replace(stage, () => stage.cluster.restart()),
  },
  {
    id: 'zero-and-back',
    title: 'To 0 and back to 4 pods',
    about: 'The Deployment is scaled to 0, left there for 10 s after the last pod is gone, and scaled to 4.',
    windowMs: MINUTE_MS,
    cause: zeroAndBack,
  },
  {
    id: 'rolling-update',
    title: 'Rolling update of 4 pods, slow to start',
    about:
      'All 4 pods are replaced with Kubernetes’ default strategy (25 % surge, 25 % unavailable); the new ones are ready 8 s after their start.',
    windowMs: MINUTE_MS,
    cause: (stage) => replace(stage, () => stage.cluster.update(4)),
  },
];

/** The service that the events happen to. */
export const EVENT_SERVICE = ECHO;

/** Lets an event happen and watches it to its end. */
export async function happen(event: ClusterEvent, stage: Stage): Promise<Happening> {
  const { observer, signal } = stage;
  const from = observer.changes().length - 1;
  const startMs = epochMs();
  await event.cause(stage);
  const settledMs = epochMs();
  await pause(event.windowMs, undefined, { signal });
  return happeningOf(observer.changes().slice(from), { startMs, settledMs, endMs: epochMs() });
}
