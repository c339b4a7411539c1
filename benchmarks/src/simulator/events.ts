interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly action: () => void;
}

function before(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

/** Where things happen in their time: virtual or real. */
export interface Timeline {
  /** The present (ms). */
  readonly now: number;
  /** Runs `action` at `atMs`, or at once if that is over. */
  at(atMs: number, action: () => void): void;
  after(delayMs: number, action: () => void): void;
}

/** Things to do in virtual time, the earliest first; what is due at the same time runs in the order it was put in. */
export class Events implements Timeline {
  now = 0;
  /** A heap: no event is before the one at (index − 1) ÷ 2. */
  private readonly heap: Event[] = [];
  private order = 0;

  at(atMs: number, action: () => void): void {
    const { heap } = this;
    const event = { atMs: Math.max(atMs, this.now), order: this.order++, action };
    let hole = heap.length;
    while (hole > 0) {
      const parent = heap[(hole - 1) >> 1];
      if (parent === undefined || before(parent, event)) break;
      heap[hole] = parent;
      hole = (hole - 1) >> 1;
    }
    heap[hole] = event;
  }

  after(delayMs: number, action: () => void): void {
    this.at(this.now + delayMs, action);
  }

  /** Runs everything up to `untilMs`, with what comes of it. */
  run(untilMs: number): void {
    for (;;) {
      const [next] = this.heap;
      if (next === undefined || next.atMs > untilMs) break;
      this.removeFirst();
      this.now = next.atMs;
      next.action();
    }
    this.now = Math.max(this.now, untilMs);
  }

  private removeFirst(): void {
    const { heap } = this;
    const last = heap.pop();
    const n = heap.length;
    if (n === 0 || last === undefined) return;
    let hole = 0;
    for (;;) {
      let at = 2 * hole + 1;
      let child = heap[at];
      const right = heap[at + 1];
      if (child === undefined) break;
      if (right !== undefined && before(right, child)) {
        child = right;
        at += 1;
      }
      if (before(last, child)) break;
      heap[hole] = child;
      hole = at;
    }
    heap[hole] = last;
  }
}

/** Actions that all wait for the same time: a queue, of which only the first is among the events. */
export class FixedDelay {
  private readonly events: Events;
  private readonly delayMs: number;
  private readonly actions: (() => void)[] = [];
  private readonly times: number[] = [];
  private head = 0;

  constructor(events: Events, delayMs: number) {
    this.events = events;
    this.delayMs = delayMs;
  }

  add(action: () => void): void {
    this.actions.push(action);
    this.times.push(this.events.now + this.delayMs);
    if (this.actions.length - this.head === 1) this.wait();
  }

  private wait(): void {
    this.events.at(this.times[this.head] ?? 0, () => this.next());
  }

  private next(): void {
    const action = this.actions[this.head++];
    if (this.head > 1000 && this.head * 2 > this.actions.length) {
      this.actions.splice(0, this.head);
      this.times.splice(0, this.head);
      this.head = 0;
    }
    if (this.head < this.actions.length) this.wait();
    action?.();
  }
}
