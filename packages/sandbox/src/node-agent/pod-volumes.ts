import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { ClusterAccess, KubeClient } from '@fairlead/discovery/kubernetes';
import { kubeconfigPath, podKubeconfig, wantsAccount, writeAtomic } from './account.js';
import { AccountTokens } from './account-tokens.js';
import type { Data, DataKind } from './data.js';
import { createDataReader } from './data.js';
import type { DataHold, DataWatches } from './data-watches.js';
import type { AgentClock, AgentLogger } from './host.js';
import { delay } from './host.js';
import { ACCOUNT_VOLUME, volumeFolder } from './mounts.js';
import type { Pod } from './pod.js';
import { messageOf } from './refusal.js';
import { writeVolumeFiles } from './volume-files.js';
import type { VolumeSources } from './volume-sources.js';
import { accountSources, inside, VolumeError, volumeFiles, volumeSources } from './volume-sources.js';

/** What the volumes of a pod need. */
interface PodVolumesOptions {
  readonly access: ClusterAccess;
  readonly client: KubeClient;
  readonly clock: AgentClock;
  readonly logger: AgentLogger;
  readonly watches: DataWatches;
  readonly hostIP: string;
  /** The pod's own folder. */
  readonly folder: string;
  readonly pod: Pod;
  /** A ConfigMap or Secret changed before every volume was written: trying again may help. */
  changed(): void;
  /** A volume that is in use could not be brought up to date. */
  failed(message: string): void;
}

/** Before a volume is brought up to date again after trouble with the API server (ms). */
const RETRY_MS = 2000;
/** Any user that a program of the pod becomes may write to an emptyDir; the pod's own folder keeps others out. */
const EMPTY_DIR_MODE = 0o777;
/** As of every other volume. */
const VOLUME_MODE = 0o755;

/** Whether a volume gets what the watches show, or asks the API server. */
type Freshness = 'asked' | 'watched';

/** The volumes of one pod: written before it starts, and again whenever a ConfigMap, Secret, token or label changes. */
export class PodVolumes {
  readonly #options: PodVolumesOptions;
  readonly #tokens: AccountTokens;
  readonly #holds = new Map<string, DataHold>();
  readonly #closed = new AbortController();
  #pod: Pod;
  #podIP = '';
  /** Every volume was there once. */
  #complete = false;
  #stale = false;
  #refreshing: Promise<void> | undefined;
  #preparing: Promise<unknown> | undefined;

  constructor(options: PodVolumesOptions) {
    const { client, clock, logger, pod } = options;
    this.#options = options;
    this.#pod = pod;
    this.#tokens = new AccountTokens({ client, clock, logger, pod, renewed: () => this.#refresh() });
  }

  /**
   * Writes every volume and the pod's kubeconfig. Rejects with `VolumeError` for a kind that is not served or for data
   * that is missing; called again until it resolves, so every step may run twice.
   */
  async prepare(pod: Pod, podIP: string): Promise<void> {
    this.#pod = pod;
    this.#podIP = podIP;
    const { access, folder } = this.#options;
    const written = this.#writeAll('asked');
    this.#preparing = written;
    const [trouble] = await written;
    if (trouble !== undefined) throw trouble;
    if (this.#closed.signal.aborted) return;
    if (wantsAccount(pod))
      writeAtomic(kubeconfigPath(folder), podKubeconfig(access, volumeFolder(folder, ACCOUNT_VOLUME), pod));
    this.#complete = true;
    if (this.#stale) this.#refresh();
  }

  /** The API server has a newer form of the pod: its labels and annotations may stand in files. */
  update(pod: Pod): void {
    const { labels, annotations } = this.#pod.metadata;
    this.#pod = pod;
    const same = isDeepStrictEqual([labels, annotations], [pod.metadata.labels, pod.metadata.annotations]);
    if (!same) this.#refresh();
  }

  /** Ends watches and the renewal of tokens; the files stay. Resolves when nothing is written any more. */
  async close(): Promise<void> {
    this.#closed.abort();
    this.#tokens.close();
    for (const hold of this.#holds.values()) hold.release();
    await Promise.all([this.#refreshing, this.#preparing]);
  }

  #refresh(): void {
    this.#stale = true;
    if (this.#closed.signal.aborted) return;
    if (!this.#complete) this.#options.changed();
    else this.#refreshing ??= this.#refreshAll().finally(() => (this.#refreshing = undefined));
  }

  async #refreshAll(): Promise<void> {
    const { clock, failed } = this.#options;
    const { signal } = this.#closed;
    while (this.#stale && !signal.aborted) {
      this.#stale = false;
      const troubles = await this.#writeAll('watched');
      if (signal.aborted) return;
      for (const trouble of troubles) failed(messageOf(trouble));
      // What is missing is heard of when it is there; other trouble passes without a word.
      if (troubles.every((trouble) => trouble instanceof VolumeError)) continue;
      await delay(clock, RETRY_MS, signal);
      this.#stale = true;
    }
  }

  /** Writes all that can be written; resolves with what is wrong with the rest. */
  async #writeAll(freshness: Freshness): Promise<unknown[]> {
    const troubles: unknown[] = [];
    const attempt = async (name: string, sources: () => VolumeSources | undefined): Promise<void> => {
      if (this.#closed.signal.aborted) return;
      try {
        await this.#write(inside(name, 'volume'), sources(), freshness);
      } catch (error) {
        const text = `MountVolume.SetUp failed for volume "${name}" : ${messageOf(error)}`;
        const known = error instanceof VolumeError;
        troubles.push(known ? new VolumeError(text, { cause: error }) : new Error(text, { cause: error }));
      }
    };
    for (const volume of this.#pod.spec.volumes ?? [])
      await attempt(volume.name, () => volumeSources(volume));
    if (wantsAccount(this.#pod)) await attempt(ACCOUNT_VOLUME, accountSources);
    return troubles;
  }

  async #write(name: string, sources: VolumeSources | undefined, freshness: Freshness): Promise<void> {
    const { access, clock, folder, hostIP } = this.#options;
    const target = volumeFolder(folder, name);
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    if (mkdirSync(target, { recursive: true }) !== undefined)
      chmodSync(target, sources ? VOLUME_MODE : EMPTY_DIR_MODE);
    if (!sources) return;
    const files = await volumeFiles(sources, {
      ...{ pod: this.#pod, podIP: this.#podIP, hostIP },
      read: (kind, object) => this.#read(kind, object, freshness),
      token: (source) => this.#tokens.token(source),
      ca: () => access.ca(),
    });
    if (!this.#closed.signal.aborted) writeVolumeFiles(target, files, clock.now());
  }

  async #read(kind: DataKind, name: string, freshness: Freshness): Promise<Data | undefined> {
    const { client, watches } = this.#options;
    const { namespace } = this.#pod.metadata;
    const { signal } = this.#closed;
    const key = `${kind}/${name}`;
    const hold = this.#holds.get(key) ?? watches.hold({ kind, namespace, name }, () => this.#refresh());
    if (signal.aborted) hold.release();
    else this.#holds.set(key, hold);
    const shown = freshness === 'watched' ? hold.current() : undefined;
    return shown ? shown.data : createDataReader(client, namespace, signal)(kind, name);
  }
}
