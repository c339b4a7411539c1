import type { SrvRecord } from 'node:dns';
import type { SandboxFaults } from '@fairlead/sandbox';
import type { Outcome } from './claim.js';
import type { ClusterDns } from './cluster.js';
import type { ConnectionMeter } from './connection-meter.js';
import type { Follower } from './follower.js';
import type { VirtualIp } from './reach.js';
import type { Screen } from './screen.js';
import type { Timeline } from './timeline.js';
import type { Traffic } from './traffic.js';
import type { Waits } from './waits.js';
import type { Workload } from './workload.js';

/** The clients of the story: what people use today, and Fairlead. */
export interface Clients {
  /** Dials the ClusterIP. */
  readonly clusterIp: Traffic;
  /** `dns:///` + round_robin on the headless Service; absent without a cluster DNS. */
  readonly dns?: Traffic;
  /** `k8s:///` with nothing but `register()`. */
  readonly fairlead: Traffic;
  /** `k8s:///` with a retry policy for UNAVAILABLE. */
  readonly retrying: Traffic;
}

/** Everything that a step of the story acts on. */
export interface Stage {
  readonly dns: ClusterDns;
  /** Asks the cluster DNS. */
  readonly resolveSrv: (name: string) => Promise<readonly SrvRecord[]>;
  readonly vip: VirtualIp;
  /** Absent on a cluster that cannot be broken on demand. */
  readonly faults: Partial<SandboxFaults> | undefined;
  readonly clients: Clients;
  readonly connections: ConnectionMeter;
  readonly endpoints: Follower;
  readonly timeline: Timeline;
  readonly workload: Workload;
  readonly screen: Screen;
  readonly waits: Waits;
}

/** One chapter: shows something and says what was seen. */
export interface Step {
  readonly id: string;
  readonly title: string;
  run(stage: Stage): Promise<Outcome>;
}
