import type { Entry } from '../../candidates/entry.js';
import type { PickPolicy } from '../policy.js';

/** Whatever is connected: the selection keeps one endpoint. */
export class PickFirst implements PickPolicy {
  private readonly entries: Entry[] = [];

  add(entry: Entry): void {
    this.entries.push(entry);
  }

  remove(entry: Entry): void {
    const at = this.entries.indexOf(entry);
    if (at >= 0) this.entries.splice(at, 1);
  }

  /** Does nothing: there is no choice that weights could bend. */
  reweigh(): void {}

  pick(): Entry | undefined {
    return this.entries[0];
  }
}
