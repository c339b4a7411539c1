import { setTimeout as pause } from 'node:timers/promises';
import { monotonicMs, waitFor } from '#commands/wait.js';
import { ClientProcess } from '../client/client-process.js';
import type { FailedCall } from '../client/messages.js';
import { TARGET } from '../cluster/manifest.js';
import { freeze } from '../cluster/pod-process.js';
import { usable } from '../cluster/slices.js';
import { SoakCluster } from '../cluster/soak-cluster.js';
import { EventLog } from '../event-log.js';
import type { Part, PartContext, PartReport } from '../part.js';

const REPLICAS = 3;
const START_MS = 60_000;
const CALLS_PER_SECOND = 50;
const DEADLINE_MS = 2_000;
/** What `channelOptions()` sets, and for short runs a tenth of it. */
const DEFAULT = { timeMs: 20_000, timeoutMs: 5_000 };
const SHORT = { timeMs: 2_000, timeoutMs: 500 };
/** For timers on a machine that is busy. */
const SLACK_MS = 500;
/** So long is looked on after the bound: whoever would call there again would do so in this time. */
const AFTER_MS = 5_000;

interface Figures {
  /** From the stop to the last call that was sent to the pod that stands still (ms). */
  readonly lastMs: number;
  readonly failed: number;
  readonly failedElsewhere: number;
  readonly calledAgain: boolean;
}

async function measure(
  { cluster, client, failures }: { cluster: SoakCluster; client: ClientProcess; failures: FailedCall[] },
  boundMs: number,
): Promise<Figures> {
  const [victim] = usable(await cluster.endpoints());
  if (victim === undefined) throw new Error('there is no pod to stop');
  const called = async (): Promise<boolean> =>
    Object.keys((await client.look()).answered.plain).length === REPLICAS;
  await waitFor('each pod is called', called, { timeoutMs: START_MS });
  const stoppedMs = monotonicMs();
  const thaw = freeze(victim.pod);
  await client.look(true);
  await pause(boundMs + DEADLINE_MS + AFTER_MS);
  const { lastStartedMs } = await client.look(true);
  thaw();
  const again = async (): Promise<boolean> => (await client.look()).answered.plain[victim.key] !== undefined;
  const calledAgain = await waitFor('the pod is called again', again, { timeoutMs: START_MS }).then(
    () => true,
    () => false,
  );
  const lost = failures.filter(({ client: name }) => name === 'plain');
  return {
    lastMs: (lastStartedMs[victim.key] ?? stoppedMs) - stoppedMs,
    failed: lost.length,
    failedElsewhere: lost.filter(({ peer }) => peer !== victim.key).length,
    calledAgain,
  };
}

function report({ lastMs, failed, failedElsewhere, calledAgain }: Figures, boundMs: number): PartReport {
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
  const rows = [
    {
      name: 'last call to a pod that stands still',
      value: `${seconds(lastMs)} after the stop`,
      bound: `≤ ${seconds(boundMs)} (keepalive time + timeout) + ${seconds(SLACK_MS)}`,
      ok: lastMs <= boundMs + SLACK_MS,
    },
    { name: 'calls that failed at it', value: String(failed - failedElsewhere), ok: null },
    {
      name: 'calls that failed elsewhere',
      value: String(failedElsewhere),
      bound: '0',
      ok: failedElsewhere === 0,
    },
    { name: 'called again when it moves', value: calledAgain ? 'yes' : 'no', bound: 'yes', ok: calledAgain },
  ];
  return { part: 'black-hole', rows, objections: [], events: [] };
}

async function run({ minutes, log }: PartContext): Promise<PartReport> {
  const events = new EventLog(log);
  const keepalive = minutes < 2 ? SHORT : DEFAULT;
  const boundMs = keepalive.timeMs + keepalive.timeoutMs;
  const cluster = await SoakCluster.start({ nodes: 2, replicas: REPLICAS, probe: false });
  try {
    const ready = async (): Promise<boolean> => usable(await cluster.endpoints()).length === REPLICAS;
    await waitFor('the pods are ready', ready, { timeoutMs: START_MS });
    const failures: FailedCall[] = [];
    const { kubeconfig } = cluster;
    const client = new ClientProcess(
      {
        ...{ kubeconfig, target: TARGET, callsPerSecond: CALLS_PER_SECOND, streams: 0 },
        ...{ deadlineMs: DEADLINE_MS, keepalive },
      },
      {
        onFailed: (call) => failures.push(call),
        onStream() {},
        onView() {},
        onExit: (why) => events.object(why),
      },
    );
    try {
      await client.open();
      events.say(`one of ${REPLICAS} pods without a probe is stopped; keepalive ${boundMs} ms in all`);
      const found = report(await measure({ cluster, client, failures }, boundMs), boundMs);
      return { ...found, objections: events.finish(), events: events.events };
    } finally {
      await client.end();
    }
  } finally {
    await cluster.close();
  }
}

/** A pod that stands still and of which nobody tells. */
export const blackHole: Part = {
  name: 'black-hole',
  about: 'a pod is stopped (SIGSTOP) and nothing says so: calls leave it within keepalive time + timeout',
  run,
};
