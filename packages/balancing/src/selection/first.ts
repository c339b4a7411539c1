import type { Entry } from '../candidates/entry.js';
import type { Random } from '../contract.js';
import type { Selection } from './selection.js';

export interface FirstOptions {
  /** Null: the order of the keys. */
  readonly random: Random | null;
  /** Its endpoints come before the others; undefined: none do. */
  readonly zone?: string | undefined;
}

/**
 * One endpoint: the first of a random order that this client keeps (gRFC A62: `shuffleAddressList`), or of the order of
 * the keys. When its connection fails the next one is tried; when all have failed all are tried at once, and the first to
 * connect stays.
 */
export class First implements Selection {
  private readonly options: FirstOptions;
  private readonly ranks = new Map<string, number>();
  /** Keys whose connection failed since one last was ready. */
  private readonly failed = new Set<string>();
  private current: string | null = null;

  constructor(options: FirstOptions) {
    this.options = options;
  }

  select(usable: readonly Entry[]): readonly Entry[] {
    this.forget(usable);
    if (usable.length === 0) return usable;
    const connected = usable.find(({ key, connection }) => key === this.current && connection === 'ready');
    const chosen = connected ?? usable.find(({ connection }) => connection === 'ready');
    if (chosen !== undefined) return this.keep(chosen);
    const untried = usable.filter(({ key }) => !this.failed.has(key));
    if (untried.length === 0) return usable;
    return this.keep(untried.reduce((first, entry) => (this.precedes(entry, first) ? entry : first)));
  }

  connectionMatters({ key, connection }: Entry): boolean {
    if (connection === 'failed') {
      this.failed.add(key);
      return true;
    }
    if (connection !== 'ready') return false;
    this.failed.clear();
    return true;
  }

  private keep(entry: Entry): readonly Entry[] {
    this.current = entry.key;
    return [entry];
  }

  private precedes(a: Entry, b: Entry): boolean {
    const { random, zone } = this.options;
    const isNear = ({ candidate }: Entry): boolean => zone !== undefined && candidate.zone === zone;
    if (isNear(a) !== isNear(b)) return isNear(a);
    return random === null ? a.key < b.key : this.rank(a, random) < this.rank(b, random);
  }

  private rank({ key }: Entry, random: Random): number {
    let rank = this.ranks.get(key);
    if (rank === undefined) {
      rank = random();
      this.ranks.set(key, rank);
    }
    return rank;
  }

  private forget(usable: readonly Entry[]): void {
    const present = new Set(usable.map(({ key }) => key));
    for (const key of this.ranks.keys()) if (!present.has(key)) this.ranks.delete(key);
    for (const key of this.failed) if (!present.has(key)) this.failed.delete(key);
  }
}
