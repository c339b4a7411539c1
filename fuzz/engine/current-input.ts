const HEADER_BYTES = 12;
const TEXT_BYTES = 1024 * 1024;

/**
 * The input that is being checked, in memory that two threads share: when the thread that checks it hangs or runs out
 * of memory, the other one still knows it. The same memory tells the checking thread to end.
 */
export class CurrentInput {
  readonly buffer: SharedArrayBuffer;
  /** How many inputs were begun; the length of the text of the last one, -1: none is being checked; 1: end. */
  readonly #header: Int32Array;
  readonly #text: Uint8Array;

  constructor(buffer = new SharedArrayBuffer(HEADER_BYTES + TEXT_BYTES)) {
    this.buffer = buffer;
    this.#header = new Int32Array(buffer, 0, 3);
    this.#text = new Uint8Array(buffer, HEADER_BYTES);
  }

  begin(line: string): void {
    const { written } = new TextEncoder().encodeInto(line, this.#text);
    Atomics.add(this.#header, 0, 1);
    Atomics.store(this.#header, 1, written);
  }

  end(): void {
    Atomics.store(this.#header, 1, -1);
  }

  /** Asks the checking thread to end after this input. */
  stop(): void {
    Atomics.store(this.#header, 2, 1);
  }

  get stopped(): boolean {
    return Atomics.load(this.#header, 2) === 1;
  }

  /** Grows with each input. */
  get count(): number {
    return Atomics.load(this.#header, 0);
  }

  /** The line of the input that is being checked (its first megabyte), or undefined. */
  get line(): string | undefined {
    const length = Atomics.load(this.#header, 1);
    return length < 0 ? undefined : Buffer.from(this.#text.slice(0, length)).toString();
  }
}
