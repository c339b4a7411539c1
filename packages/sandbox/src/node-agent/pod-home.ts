import { existsSync, mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterAccess, KubeClient } from '@fairlead/discovery/kubernetes';
import { kubeconfigPath, wantsAccount } from './account.js';
import { baseEnv, withBindShim } from './base-env.js';
import { createDataReader } from './data.js';
import type { DataWatches } from './data-watches.js';
import type { AgentClock, AgentLogger } from './host.js';
import type { IpPool } from './ip-pool.js';
import { isolatedLaunch } from './isolation/isolated-launch.js';
import type { Isolation } from './isolation/launch.js';
import { containerMounts, containerRoot, linkMounts, outermost } from './mounts.js';
import type { Container, Pod } from './pod.js';
import { PodVolumes } from './pod-volumes.js';
import type { ProcessSpec } from './process.js';
import { resolveEnv } from './resolve-env.js';

/** What the homes of all pods of a node share. */
export interface HomeContext {
  readonly access: ClusterAccess;
  readonly client: KubeClient;
  readonly clock: AgentClock;
  readonly logger: AgentLogger;
  readonly ips: IpPool;
  readonly hostIP: string;
  readonly runDir: string;
  readonly podEnv: Readonly<Record<string, string>>;
  /** Path of the Node.js preload. */
  readonly bindShim: string;
  readonly watches: DataWatches;
  /** Default: containers see the machine as it is, with their mounts under `$POD_ROOT`. */
  readonly isolation?: Isolation | undefined;
}

/** What a home tells of its volumes. */
interface HomeListener {
  /** What `prepare` rejected for may have changed. */
  changed(): void;
  /** A volume that is in use could not be brought up to date. */
  failed(message: string): void;
}

/** Where one pod lives: its address, its folder with the volumes, the environment of its containers. */
export class PodHome {
  readonly #context: HomeContext;
  /** The pod's own folder. */
  readonly folder: string;
  readonly #volumes: PodVolumes;
  #podIP: string | undefined;
  #lent = false;

  constructor(pod: Pod, context: HomeContext, listener: HomeListener) {
    this.#context = context;
    this.folder = join(context.runDir, 'pods', pod.metadata.uid);
    const { access, client, clock, logger, watches, hostIP } = context;
    const options = { access, client, clock, logger, watches, hostIP, pod, folder: this.folder };
    this.#volumes = new PodVolumes({ ...options, ...listener });
  }

  /** Absent before `prepare` and after `leave`. */
  get podIP(): string | undefined {
    return this.#podIP;
  }

  /** Takes an address and writes the volumes. Rejects for what cannot be had yet; every step may run twice. */
  async prepare(pod: Pod): Promise<void> {
    const podIP = this.#address(pod);
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    await this.#volumes.prepare(pod, podIP);
  }

  /** The API server has a newer form of the pod. */
  update(pod: Pod): void {
    this.#volumes.update(pod);
  }

  /** Environment and working directory of a container; rejects for what cannot be had yet. */
  async surroundings(
    pod: Pod,
    container: Container,
    signal: AbortSignal,
  ): Promise<Pick<ProcessSpec, 'env' | 'cwd' | 'launch'>> {
    const { access, client, hostIP, podEnv, bindShim, isolation } = this.#context;
    const podIP = this.#podIP ?? '';
    const podRoot = containerRoot(this.folder, container.name);
    const base = baseEnv(
      {
        podIP,
        podRoot,
        hostname: (pod.spec.hostname ?? pod.metadata.name).slice(0, 63),
        server: access.server,
        graceSeconds: pod.spec.terminationGracePeriodSeconds ?? 30,
        extra: podEnv,
        // Where the account is at its real path, clients find it as in any other pod.
        ...(wantsAccount(pod) && !isolation ? { kubeconfig: kubeconfigPath(this.folder) } : {}),
      },
      process.env,
    );
    const read = createDataReader(client, pod.metadata.namespace, signal);
    const env = await resolveEnv({ pod, container, podIP, hostIP, base, read });
    const mounts = containerMounts({ folder: this.folder, pod, container, env });
    linkMounts(podRoot, isolation ? outermost(mounts) : mounts);
    env.NODE_OPTIONS = withBindShim(env.NODE_OPTIONS, bindShim);
    const cwd = workingDir(podRoot, container.workingDir);
    if (!isolation) return { env, cwd };
    const folder = join(this.folder, 'containers', container.name);
    return { env, cwd: '/', launch: isolatedLaunch(isolation, { folder, mounts, env, podRoot, container }) };
  }

  /** Gives the address back: nothing of the pod runs any more. Its status still shows it, as with the kubelet. */
  vacate(): void {
    if (this.#podIP !== undefined && this.#lent) this.#context.ips.release(this.#podIP);
    this.#lent = false;
  }

  /** Gives the address back and deletes the files. */
  async leave(): Promise<void> {
    await this.#volumes.close();
    this.vacate();
    this.#podIP = undefined;
    await rm(this.folder, { recursive: true, force: true });
  }

  #address(pod: Pod): string {
    if (this.#podIP !== undefined) return this.#podIP;
    this.#lent = !pod.spec.hostNetwork;
    const ip = this.#lent ? this.#context.ips.allocate() : this.#context.hostIP;
    if (ip === undefined) throw new Error('no address is left in the pod range of this node');
    this.#podIP = ip;
    return ip;
  }
}

/** The folder under `$POD_ROOT` if a volume made it, else the machine's own, else a new one under `$POD_ROOT`. */
function workingDir(podRoot: string, workingDir: string | undefined): string {
  if (!workingDir) return process.cwd();
  const inside = join(podRoot, workingDir);
  if (existsSync(inside)) return inside;
  if (workingDir.startsWith('/') && existsSync(workingDir)) return workingDir;
  mkdirSync(inside, { recursive: true });
  return inside;
}
