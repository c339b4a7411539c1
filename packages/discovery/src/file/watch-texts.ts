import type { Clock } from '../clock.js';
import type { Watch } from '../source.js';
import { FollowedPath } from './followed-path.js';
import type { Texts } from './parse-texts.js';
import { textsReader } from './texts-reader.js';

/** Hears what is in a folder or file of texts. */
export interface TextsObserver {
  /** All texts by key, at first and after each change. */
  onTexts(texts: Texts): void;
  /** Why they cannot be read, at every look; what was read before is still the last that is known. */
  onTrouble(why: string): void;
}

/**
 * Follows texts by key: a folder with a file for each key, as a ConfigMap is mounted into a pod, or a file of YAML with
 * a mapping. What is not there is waited for. Keeps no process alive.
 */
export function watchTexts(
  path: string,
  observer: TextsObserver,
  { clock }: { readonly clock: Clock },
): Watch {
  const followed = new FollowedPath({
    path,
    reader: textsReader,
    clock,
    onRead: (texts) => observer.onTexts(texts),
    onTrouble: (error) => observer.onTrouble(error instanceof Error ? error.message : String(error)),
  });
  followed.start();
  return { close: () => followed.close() };
}
