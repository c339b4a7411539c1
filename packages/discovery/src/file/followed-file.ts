import { dirname } from 'node:path';
import type { Clock } from '../clock.js';
import type { Endpoint } from '../endpoint.js';
import { DiscoveryError } from '../errors.js';
import { guarded, type Logger } from '../logger.js';
import { SetPublisher } from '../set-publisher.js';
import type { EndpointObserver } from '../source.js';
import { readBounded, signatureOf } from './bounded-read.js';
import { FollowedPath, type PathReader } from './followed-path.js';
import { parseEndpoints } from './parse-endpoints.js';
import type { FileTarget } from './target.js';

const endpointsReader: PathReader<readonly Endpoint[]> = {
  look: async (path) => ({ folder: dirname(path), signature: await signatureOf(path) }),
  read: async (path) => parseEndpoints(await readBounded(path), path),
};

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
  readonly #file: FollowedPath<readonly Endpoint[]>;

  constructor(options: FollowedFileOptions) {
    const { target, clock } = options;
    this.#options = options;
    this.#logger = guarded(options.logger);
    this.#publisher = new SetPublisher({ target: target.text, source: 'file', clock, logger: this.#logger });
    this.#file = new FollowedPath({
      path: target.path,
      reader: endpointsReader,
      clock,
      onRead: (endpoints) => this.#take(endpoints),
      onTrouble: (error) => this.#refuse(error),
    });
  }

  get idle(): boolean {
    return this.#publisher.idle;
  }

  start(): void {
    this.#file.start();
  }

  join(observer: EndpointObserver): () => void {
    return this.#publisher.join(observer);
  }

  close(): void {
    this.#file.close();
    this.#publisher.close();
  }

  #take(endpoints: readonly Endpoint[]): void {
    const { path } = this.#options.target;
    const absence = { code: 'NO_ADDRESS', message: `the file ${path} lists no endpoints` } as const;
    this.#publisher.publish({
      endpoints,
      state: { kind: 'live' },
      ...(endpoints.length === 0 ? { absence } : {}),
    });
  }

  #refuse(error: unknown): void {
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
