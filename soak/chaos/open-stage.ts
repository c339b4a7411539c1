import { waitFor } from '#commands/wait.js';
import { ClientProcess } from '../client/client-process.js';
import { TARGET, XDS_NAME } from '../cluster/manifest.js';
import { usable } from '../cluster/slices.js';
import { SoakCluster } from '../cluster/soak-cluster.js';
import type { EventLog } from '../event-log.js';
import { type ClusterHistory, History } from '../oracle/history.js';
import type { Judge } from '../oracle/judge.js';
import { FaultyProxy } from '../proxy/faulty-proxy.js';
import { XdsClients } from '../xds/clients.js';
import { ControlPlanes } from '../xds/control-planes.js';
import { Access, type Stage } from './stage.js';

const NODES = 6;
const REPLICAS = 4;
const START_MS = 60_000;
const CALLS_PER_SECOND = 50;
const STREAMS = 10;
const DEADLINE_MS = 5_000;
/** What `channelOptions()` sets. */
export const KEEPALIVE = { timeMs: 20_000, timeoutMs: 5_000 };

const CALLS = { callsPerSecond: CALLS_PER_SECOND, deadlineMs: DEADLINE_MS, keepalive: KEEPALIVE };

/** Undoes what was started, last first. */
export type Undo = (() => unknown)[];

export interface StageOptions {
  readonly history: ClusterHistory;
  readonly judge: Judge;
  readonly log: EventLog;
  readonly signal: AbortSignal;
}

async function startCluster(signal: AbortSignal, undo: Undo): Promise<SoakCluster> {
  const cluster = await SoakCluster.start({ nodes: NODES, replicas: REPLICAS });
  undo.push(() => cluster.close());
  const ready = async (): Promise<boolean> => usable(await cluster.endpoints()).length === REPLICAS;
  await waitFor('the pods are ready', ready, { timeoutMs: START_MS, signal });
  return cluster;
}

function startClient(kubeconfig: string, { history: cluster, judge, log }: StageOptions): ClientProcess {
  const history = new History(cluster);
  return new ClientProcess(
    { ...CALLS, kubeconfig, target: TARGET, streams: STREAMS },
    {
      onFailed: (call) => judge.call(call, history),
      onStream: (stream) => judge.stream(stream, history),
      onView: ({ atMs, endpoints }) =>
        history.published(
          atMs,
          usable(endpoints).map(({ key }) => key),
        ),
      onExit: (why) => log.object(why),
    },
  );
}

/** A cluster, a proxy, control planes that have read it, and clients that do not call yet. */
export async function openStage(options: StageOptions, undo: Undo): Promise<Stage> {
  const { history, judge, log, signal } = options;
  const cluster = await startCluster(signal, undo);
  const proxy = await FaultyProxy.start({ kubeconfig: cluster.kubeconfig });
  undo.push(() => proxy.close());
  const access = async (account: 'client' | 'control-plane'): Promise<Access> => {
    const made = await Access.create(cluster, proxy, account);
    undo.push(() => made.remove());
    return made;
  };
  const accesses = [await access('client'), await access('control-plane')] as const;
  const onObjection = (text: string): void => log.object(text);
  const planes = await ControlPlanes.create({ kubeconfig: accesses[1].kubeconfig, onObjection });
  undo.push(() => planes.close());
  await planes.start();
  const client = startClient(accesses[0].kubeconfig, options);
  undo.push(() => client.end());
  const xds = new XdsClients({
    ...{ planes, name: XDS_NAME, settings: CALLS, cluster: history, judge, onObjection },
  });
  undo.push(() => xds.end());
  return {
    ...{ cluster, proxy, client, planes, xds, accesses, history, signal },
    endpoints: () => cluster.endpoints(),
    lostNodes: new Set(),
  };
}
