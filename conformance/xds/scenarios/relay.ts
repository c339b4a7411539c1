import type { Happening } from '../../peers/happening.js';
import { epochMs } from '../../peers/observer.js';
import { startFront } from '../front.js';
import { type ControlPlaneProcess, startControlPlane } from '../server.js';

/** One address, and the control planes of one cluster behind it. */
export interface Relay {
  readonly port: number;
  /** The one that new connections go to. */
  current(): ControlPlaneProcess | undefined;
  /** Starts one more, to which new connections go. */
  addReplica(): Promise<void>;
  /** Ends the current one with SIGKILL, refuses connections, and has another one when this is done; returns since when. */
  outage(meanwhile: () => Promise<void>): Promise<number>;
  /** Refuses connections, with no control plane left behind the address. */
  stop(): Promise<void>;
  /** Accepts them again, with a new control plane; returns since when (epoch ms). */
  start(): Promise<number>;
  close(): Promise<void>;
}

/** Starts to listen; there is no control plane behind it yet. `publish`: what wildcards stand for. */
export async function startRelay(kubeconfig: string, publish: readonly string[] = []): Promise<Relay> {
  const front = await startFront();
  const replicas: ControlPlaneProcess[] = [];
  const addReplica = async (): Promise<void> => {
    const replica = await startControlPlane('serve', kubeconfig, ...publish);
    replicas.push(replica);
    front.forwardTo(replica.port);
  };
  const start = async (): Promise<number> => {
    await addReplica();
    await front.start();
    return epochMs();
  };
  const stop = async (): Promise<void> => {
    await front.stop();
    for (const each of replicas.splice(0)) await each.close();
  };
  return {
    ...{ port: front.port, addReplica, start, stop, close: stop },
    current: () => replicas.at(-1),
    async outage(meanwhile) {
      await replicas.at(-1)?.kill();
      await front.stop();
      await meanwhile();
      return await start();
    },
  };
}

/** What happened, to clients that could not know of new pods before a moment. */
export function knownFrom(happening: Happening, fromMs: number): Happening {
  const arrived = [...happening.arrived].map(([pod, atMs]) => [pod, Math.max(atMs, fromMs)] as const);
  return { ...happening, arrived: new Map(arrived) };
}
