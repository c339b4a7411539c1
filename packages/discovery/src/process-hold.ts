/** The longest delay of a timer (2^31 - 1 ms). */
const FOREVER_MS = 2_147_483_647;

/** Keeps the process alive while somebody asks for it; sockets and timers of a source never do. */
export class ProcessHold {
  #count = 0;
  #handle: NodeJS.Timeout | undefined;

  acquire(): void {
    if (this.#count++ === 0) this.#handle = setInterval(() => {}, FOREVER_MS);
  }

  release(): void {
    if (--this.#count === 0) clearInterval(this.#handle);
  }
}
