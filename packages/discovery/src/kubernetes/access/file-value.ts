import { readFileSync } from 'node:fs';
import type { Clock } from '../../clock.js';
import { DiscoveryError } from '../../errors.js';
import { errorCode, errorMessage } from '../error-code.js';

/** The content of a file that may be replaced while the process runs. */
export interface FileValue {
  /** The content, trimmed. After a first good read a file that cannot be read leaves the last content standing. */
  read(): string;
  /** Makes the next read go to the file. */
  forget(): void;
}

export interface FileValueOptions {
  readonly path: string;
  /** What the file is, for the error: `token file`. */
  readonly what: string;
  readonly clock: Clock;
  /** A content younger than this is not read again (ms). */
  readonly freshMs: number;
}

/** The system's word for what went wrong (`ENOENT`), without the path that the message names anyway. */
function reasonOf(error: unknown): string {
  return errorCode(error) || errorMessage(error);
}

/** Reads a file when it is asked for, at most once per `freshMs`. A mounted Secret is swapped by a symlink, so a file watcher would lose it. */
export function createFileValue({ path, what, clock, freshMs }: FileValueOptions): FileValue {
  let content: string | undefined;
  let readAtMs = Number.NEGATIVE_INFINITY;
  return {
    read() {
      if (content !== undefined && Math.abs(clock.now() - readAtMs) < freshMs) return content;
      try {
        const fresh = readFileSync(path, 'utf8').trim();
        if (fresh === '') throw Object.assign(new Error('empty'), { code: 'the file is empty' });
        content = fresh;
        readAtMs = clock.now();
      } catch (cause) {
        if (content === undefined) {
          throw new DiscoveryError('ACCESS_INVALID', `${what} ${path} cannot be read: ${reasonOf(cause)}`, {
            cause,
          });
        }
      }
      return content;
    },
    forget() {
      readAtMs = Number.NEGATIVE_INFINITY;
    },
  };
}
