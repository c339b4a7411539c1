import { existsSync, mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterAccess, KubeClient } from '@fairlead/discovery/kubernetes';
import { baseEnv, withBindShim } from './base-env.js';
import { createDataReader } from './data.js';
import type { AgentClock, AgentLogger } from './host.js';
import type { IpPool } from './ip-pool.js';
import type { Container, Pod } from './pod.js';
import { resolveEnv } from './resolve-env.js';
import { kubeconfigPath, mountContainer, prepareVolumes, wantsAccount } from './volumes.js';

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
}

/** Where one pod lives: its address, its folder with the volumes, the environment of its containers. */
export class PodHome {
  readonly #context: HomeContext;
  /** The pod's own folder. */
  readonly folder: string;
  #podIP: string | undefined;
  #lent = false;

  constructor(pod: Pod, context: HomeContext) {
    this.#context = context;
    this.folder = join(context.runDir, 'pods', pod.metadata.uid);
  }

  /** Absent before `prepare` and after `leave`. */
  get podIP(): string | undefined {
    return this.#podIP;
  }

  /** Takes an address and writes the volumes. Rejects for what cannot be had yet; every step may run twice. */
  async prepare(pod: Pod, signal: AbortSignal): Promise<void> {
    const { access, client, clock, logger, hostIP } = this.#context;
    const podIP = this.#address(pod);
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    const read = createDataReader(client, pod.metadata.namespace, signal);
    const { folder } = this;
    await prepareVolumes({ access, client, clock, logger, hostIP, read, signal, pod, folder, podIP });
  }

  /** Environment and working directory of a container; rejects for what cannot be had yet. */
  async surroundings(
    pod: Pod,
    container: Container,
    signal: AbortSignal,
  ): Promise<{ env: Record<string, string>; cwd: string }> {
    const { access, client, hostIP, podEnv, bindShim } = this.#context;
    const podIP = this.#podIP ?? '';
    const podRoot = mountContainer(this.folder, pod, container);
    const base = baseEnv(
      {
        podIP,
        podRoot,
        hostname: (pod.spec.hostname ?? pod.metadata.name).slice(0, 63),
        server: access.server,
        graceSeconds: pod.spec.terminationGracePeriodSeconds ?? 30,
        extra: podEnv,
        ...(wantsAccount(pod) ? { kubeconfig: kubeconfigPath(this.folder) } : {}),
      },
      process.env,
    );
    const read = createDataReader(client, pod.metadata.namespace, signal);
    const env = await resolveEnv({ pod, container, podIP, hostIP, base, read });
    env.NODE_OPTIONS = withBindShim(env.NODE_OPTIONS, bindShim);
    return { env, cwd: workingDir(podRoot, container.workingDir) };
  }

  /** Gives the address back: nothing of the pod runs any more. Its status still shows it, as with the kubelet. */
  vacate(): void {
    if (this.#podIP !== undefined && this.#lent) this.#context.ips.release(this.#podIP);
    this.#lent = false;
  }

  /** Gives the address back and deletes the files. */
  async leave(): Promise<void> {
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
