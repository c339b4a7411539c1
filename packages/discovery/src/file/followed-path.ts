import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Clock, Timer } from '../clock.js';

/** Looked at so often besides what the kernel tells: network file systems tell nothing. */
const STAT_MS = 2_000;
/** A file that is written in pieces comes with an event for each. */
const QUIET_MS = 20;
/** Whoever replaces a file faster than it can be read is waited for. */
const MOST_TRIES = 3;

/** What is at a path now. */
export interface Look {
  /** Where the kernel tells of changes: never the file itself, for one that is replaced is another one. */
  readonly folder: string;
  /** Another one when what can be read is. */
  readonly signature: string;
}

/** How that which is at a path is read. Both reject where it cannot be. */
export interface PathReader<T> {
  look(path: string): Promise<Look>;
  read(path: string): Promise<T>;
}

export interface FollowedPathOptions<T> {
  readonly path: string;
  readonly reader: PathReader<T>;
  readonly clock: Clock;
  /** Called at first and after each change. */
  readonly onRead: (value: T) => void;
  /** Called at every look at what cannot be read. */
  readonly onTrouble: (error: unknown) => void;
}

/**
 * What is at a path, read again whenever it changes, also when it is replaced as a kubelet replaces the files of a
 * volume. What is not there is waited for. Keeps no process alive.
 */
export class FollowedPath<T> {
  readonly #options: FollowedPathOptions<T>;
  #signature: string | undefined;
  #watcher: FSWatcher | undefined;
  #folder: string | undefined;
  #timer: Timer | undefined;
  #looking = false;
  /** Something changed while it was read. */
  #again = false;
  #closed = false;

  constructor(options: FollowedPathOptions<T>) {
    this.#options = options;
  }

  start(): void {
    this.#listen(dirname(this.#options.path));
    void this.#look();
  }

  /** Idempotent. */
  close(): void {
    this.#closed = true;
    this.#watcher?.close();
    this.#timer?.cancel();
  }

  #listen(folder: string): void {
    if (this.#closed || (this.#watcher !== undefined && this.#folder === folder)) return;
    const { path } = this.#options;
    this.#watcher?.close();
    this.#folder = folder;
    try {
      this.#watcher = watch(folder, { persistent: false }, (_, name) => {
        // `..data` is what a ConfigMap's files lead through.
        const ours = folder === path || name === null || name === basename(path) || name.startsWith('..');
        if (ours) this.#soon(QUIET_MS);
      });
      this.#watcher.on('error', () => this.#deaf());
      // What changed before the kernel was asked to tell is looked for once more.
      this.#again = true;
    } catch {
      this.#deaf();
    }
  }

  /** Nothing is told any more; the next look tries again. */
  #deaf(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #soon(ms: number): void {
    if (this.#closed) return;
    this.#timer?.cancel();
    this.#timer = this.#options.clock.setTimeout(() => void this.#look(), ms);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    if (this.#looking) {
      this.#again = true;
      return;
    }
    this.#looking = true;
    this.#again = false;
    try {
      await this.#readIfChanged();
    } catch (error) {
      this.#signature = undefined;
      if (!this.#closed) this.#options.onTrouble(error);
    }
    this.#looking = false;
    this.#soon(this.#again ? QUIET_MS : STAT_MS);
  }

  async #readIfChanged(): Promise<void> {
    const { path, reader } = this.#options;
    for (let tries = 1; ; tries++) {
      const signature = await this.#signatureNow();
      if (signature === this.#signature) return;
      let value: T;
      try {
        value = await reader.read(path);
      } catch (error) {
        // What was looked at may have been taken away for its successor.
        if (tries < MOST_TRIES && (await this.#signatureNow()) !== signature) continue;
        throw error;
      }
      this.#signature = signature;
      if (!this.#closed) this.#options.onRead(value);
      return;
    }
  }

  async #signatureNow(): Promise<string> {
    const { path, reader } = this.#options;
    let look: Look | undefined;
    try {
      look = await reader.look(path);
      return look.signature;
    } finally {
      this.#listen(look?.folder ?? dirname(path));
    }
  }
}
