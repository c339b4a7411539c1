import type { Clock } from '../clock.js';
import { DiscoveryError } from '../errors.js';
import type { Logger } from '../logger.js';
import { ProcessHold } from '../process-hold.js';
import type { EndpointSource, Watch } from '../source.js';
import { FollowedFile } from './followed-file.js';
import type { FileTarget } from './target.js';

/** Makes the source that reads endpoints from files, and again whenever they change. */
export function createFileSource(options: {
  readonly clock: Clock;
  readonly logger: Logger;
}): EndpointSource<FileTarget> {
  const files = new Map<string, FollowedFile>();
  const open = new Set<Watch>();
  const hold = new ProcessHold();
  let closed = false;
  function follow(target: FileTarget): FollowedFile {
    const file = new FollowedFile({ ...options, target });
    files.set(target.text, file);
    file.start();
    return file;
  }
  return {
    watch(target, observer, { ref = true } = {}): Watch {
      if (closed) throw new DiscoveryError('CLOSED', `target "${target.text}": the source is closed`);
      const file = files.get(target.text) ?? follow(target);
      const leave = file.join(observer);
      if (ref) hold.acquire();
      const watch: Watch = {
        close() {
          if (!open.delete(watch)) return;
          leave();
          if (ref) hold.release();
          if (!file.idle) return;
          file.close();
          files.delete(target.text);
        },
      };
      open.add(watch);
      return watch;
    },
    close() {
      closed = true;
      for (const watch of [...open]) watch.close();
    },
  };
}
