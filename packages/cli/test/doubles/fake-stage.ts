import type { Endpoint } from '@fairlead/discovery';
import type { Stage } from '../../src/demo/stage.js';
import type { FailedCall, Traffic, TrafficCount } from '../../src/demo/traffic.js';

/** What a client's calls come to, whatever the story does. */
export interface Counted {
  /** Calls that ended OK, by address or pod. */
  readonly ok?: Readonly<Record<string, number>>;
  readonly failures?: readonly FailedCall[];
}

/** Pod number `n` of the demo, of generation `uid`. */
const pod = (n: number, generation = 0): Endpoint => ({
  key: `10.0.0.${n}:8088`,
  addresses: [{ host: `10.0.0.${n}`, port: 8088 }],
  uid: `${n}-${generation}`,
  pod: `pod-${n}`,
  ready: true,
  serving: true,
  terminating: false,
  slice: 's',
});

export const failure = (peer: string, startedMs: number): FailedCall => ({
  peer,
  startedMs,
  code: 14,
  details: 'Connection dropped',
  begun: false,
});

function traffic(name: string, { ok = {}, failures = [] }: Counted): Traffic {
  const good = Object.values(ok).reduce((sum, calls) => sum + calls, 0);
  const count: TrafficCount = {
    calls: good + failures.length,
    ok: new Map(Object.entries(ok)),
    failures,
    firstCallMs: new Map(),
  };
  const nothing = (): void => {};
  return { name, count, reset: nothing, start: nothing, pause: async () => {}, close: async () => {} };
}

/** What the fake cluster does. */
export interface FakeCluster {
  readonly clusterIp?: Counted;
  readonly dns?: Counted;
  readonly fairlead?: Counted;
  readonly retrying?: Counted;
  /** When the removal of an address was read last (epoch ms), before and after the kill. */
  readonly goneSince?: (address: string, killed: boolean) => number | undefined;
  readonly states?: readonly string[];
  readonly overrides?: Partial<Stage>;
}

/**
 * A stage without a cluster: scaling and restarting take effect at once, waits look once, and each client has made
 * the calls that it was given.
 */
export function fakeStage(cluster: FakeCluster = {}): Stage {
  let pods = [1, 2, 3, 4].map((n) => pod(n));
  let killed = false;
  const clients = {
    clusterIp: traffic('ClusterIP', cluster.clusterIp ?? {}),
    dns: traffic('dns:///', cluster.dns ?? {}),
    fairlead: traffic('Fairlead', cluster.fairlead ?? {}),
    retrying: traffic('Fairlead with retry', cluster.retrying ?? {}),
  };
  let states: string[] = [];
  return {
    dns: { server: '10.0.0.53:53' },
    resolveSrv: async () => [],
    vip: { address: '10.96.0.7' },
    faults: {
      async stopApi() {
        states = [...(cluster.states ?? [])];
      },
      startApi: async () => {},
      async killPod() {
        killed = true;
      },
    },
    clients,
    connections: { provider: { getMeter: () => ({}) as never }, ready: () => 0 },
    endpoints: {
      get usable() {
        return pods;
      },
      get endpoints() {
        return pods;
      },
      podAt: () => undefined,
      usableSince: () => undefined,
      goneSince: (address) => cluster.goneSince?.(address, killed),
      takeStates: () => states,
      close: () => {},
    },
    timeline: { timesOf: () => ({}), close: () => {} },
    workload: {
      async scale(replicas) {
        pods = Array.from({ length: replicas }, (_, n) => pods[n] ?? pod(n + 1));
      },
      async restart() {
        pods = pods.map((_, n) => pod(n + 1, 1));
      },
      settled: async () => true,
    },
    screen: {
      title: () => {},
      line: () => {},
      progress: (_, work) => work,
      traffic: (_, work) => work,
      phase: () => {},
      outcome: () => {},
      summary: () => {},
    },
    waits: {
      pause: async () => {},
      async until(what, condition) {
        if (!(await condition())) throw new Error(`gave up: ${what}`);
      },
    },
    ...cluster.overrides,
  };
}
