import { type FSWatcher, watch } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Clock, Timer } from '../clock.js';
import { DiscoveryError } from '../errors.js';
import { guarded, type Logger } from '../logger.js';
import { SetPublisher } from '../set-publisher.js';
import type { EndpointObserver } from '../source.js';
import { parseEndpoints } from './parse-endpoints.js';
import type { FileTarget } from './target.js';

/** Looked at so often besides what the kernel tells: network file systems tell nothing. */
const STAT_MS = 2_000;
/** A file that is written in pieces comes with an event for each. */
const QUIET_MS = 20;
/** 10,000 endpoints with all their fields fit. */
const MAX_BYTES = 4 * 1024 * 1024;

/** What changes when the file does, also when another one takes its place. */
async function signatureOf(path: string): Promise<string> {
  const { ino, size, mtimeMs, ctimeMs } = await stat(path);
  return [ino, size, mtimeMs, ctimeMs].join(' ');
}

async function readBounded(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    if (size > MAX_BYTES) throw new Error(`it has ${size} bytes, accepted are at most ${MAX_BYTES}`);
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(size) });
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

export interface FollowedFileOptions {
  readonly target: FileTarget;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** One file of endpoints, read again whenever it changes. What cannot be used leaves the last good endpoints. */
export class FollowedFile {
  readonly #options: FollowedFileOptions;
  readonly #publisher: SetPublisher;
  readonly #logger: Logger;
  #signature: string | undefined;
  #watcher: FSWatcher | undefined;
  #timer: Timer | undefined;
  #reading = false;
  /** Something changed while it was read. */
  #again = false;
  #closed = false;

  constructor(options: FollowedFileOptions) {
    const { target, clock } = options;
    this.#options = options;
    this.#logger = guarded(options.logger);
    this.#publisher = new SetPublisher({ target: target.text, source: 'file', clock, logger: this.#logger });
  }

  get idle(): boolean {
    return this.#publisher.idle;
  }

  start(): void {
    this.#listen();
    void this.#read();
  }

  join(observer: EndpointObserver): () => void {
    return this.#publisher.join(observer);
  }

  close(): void {
    this.#closed = true;
    this.#watcher?.close();
    this.#timer?.cancel();
    this.#publisher.close();
  }

  /** The folder is watched, not the file: a file that is replaced, as ConfigMaps are, is another one. */
  #listen(): void {
    const { path } = this.#options.target;
    try {
      this.#watcher = watch(dirname(path), { persistent: false }, (_, name) => {
        // `..data` is what a ConfigMap's files lead through.
        if (name === null || name === basename(path) || name.startsWith('..')) this.#soon(QUIET_MS);
      });
      this.#watcher.on('error', () => this.#deaf());
    } catch {
      this.#deaf();
    }
  }

  /** Nothing is told any more; the next look at the file tries again. */
  #deaf(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #soon(ms: number): void {
    if (this.#closed) return;
    this.#timer?.cancel();
    this.#timer = this.#options.clock.setTimeout(() => void this.#read(), ms);
    this.#timer.unref();
  }

  async #read(): Promise<void> {
    if (this.#reading) {
      this.#again = true;
      return;
    }
    this.#reading = true;
    if (this.#watcher === undefined) this.#listen();
    const { path } = this.#options.target;
    try {
      const signature = await signatureOf(path);
      if (signature !== this.#signature) this.#take(await readBounded(path));
      this.#signature = signature;
    } catch (error) {
      this.#signature = undefined;
      this.#refuse(error);
    }
    this.#reading = false;
    const soon = this.#again;
    this.#again = false;
    this.#soon(soon ? QUIET_MS : STAT_MS);
  }

  #take(text: string): void {
    if (this.#closed) return;
    const { path } = this.#options.target;
    const endpoints = parseEndpoints(text, path);
    const absence = { code: 'NO_ADDRESS', message: `the file ${path} lists no endpoints` } as const;
    this.#publisher.publish({
      endpoints,
      state: { kind: 'live' },
      ...(endpoints.length === 0 ? { absence } : {}),
    });
  }

  #refuse(error: unknown): void {
    if (this.#closed) return;
    const { target, clock } = this.#options;
    const why = error instanceof Error ? error.message : String(error);
    const message = `the file ${target.path} cannot be used: ${why}`;
    const { state, endpoints } = this.#publisher;
    const known = state === undefined || state.kind === 'live' ? undefined : state;
    if (known?.cause.message === message) return;
    const kept = endpoints?.length ?? 0;
    this.#logger.warn('a file of endpoints cannot be used', { target: target.text, error: why, kept });
    this.#publisher.changeState({
      kind: endpoints === undefined ? 'unknown' : 'stale',
      sinceMs: known?.sinceMs ?? clock.now(),
      cause: new DiscoveryError('FILE_INVALID', message, { cause: error }),
    });
  }
}
