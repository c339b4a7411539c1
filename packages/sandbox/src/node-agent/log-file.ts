import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** One line of a container's output. */
export interface LogLine {
  /** RFC 3339 with fractions. */
  readonly time: string;
  /** One character per byte (latin1): output may be in any encoding, and a piece may end within a character. */
  readonly text: string;
  /** False for a piece of an over-long line that goes on in the next one. */
  readonly whole: boolean;
}

type LogStream = 'stdout' | 'stderr';

/** Longer lines are cut into pieces (bytes); containerd's limit is the same. */
const LINE_LIMIT_BYTES = 16 * 1024;
/** Read at once (bytes): several of the longest lines. */
const READ_BYTES = 256 * 1024;
/** The file and its predecessor together hold the kubelet's 10 MiB. */
const FILE_LIMIT_BYTES = 5 * 1024 * 1024;

/**
 * The output of one run of a container, on disk in the format of the container runtimes
 * (`TIME STREAM F|P TEXT`). Writes are synchronous: a reader that reads and follows in one tick misses nothing.
 */
export class LogFile {
  readonly #path: string;
  readonly #now: () => number;
  readonly #limitBytes: number;
  readonly #rest = new Map<LogStream, Buffer>();
  readonly #followers = new Set<() => void>();
  #fd: number | undefined;
  /** Bytes written before this file, in this file, and in the file before it. */
  #start = 0;
  #bytes = 0;
  #oldBytes = 0;
  #ended = false;

  constructor(path: string, now: () => number, limitBytes = FILE_LIMIT_BYTES) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.#path = path;
    this.#now = now;
    this.#limitBytes = limitBytes;
    this.#fd = openSync(path, 'w', 0o600);
  }

  /** Takes raw bytes as they come from the process. */
  write(stream: LogStream, chunk: Buffer): void {
    let rest = Buffer.concat([this.#rest.get(stream) ?? Buffer.alloc(0), chunk]);
    const lines: LogLine[] = [];
    const time = new Date(this.#now()).toISOString();
    for (;;) {
      const newline = rest.indexOf(0x0a);
      const whole = newline >= 0 && newline <= LINE_LIMIT_BYTES;
      if (!whole && rest.length <= LINE_LIMIT_BYTES) break;
      const end = whole ? newline : LINE_LIMIT_BYTES;
      lines.push({ time, text: rest.toString('latin1', 0, end), whole });
      rest = rest.subarray(whole ? end + 1 : end);
    }
    this.#rest.set(stream, rest);
    this.#append(stream, lines);
  }

  /** The process has closed its output. Idempotent. */
  end(): void {
    if (this.#ended) return;
    for (const [stream, rest] of this.#rest) {
      const time = new Date(this.#now()).toISOString();
      if (rest.length > 0) this.#append(stream, [{ time, text: rest.toString('latin1'), whole: false }]);
    }
    this.#ended = true;
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    for (const changed of this.#followers) changed();
  }

  /** All lines that are kept, oldest first. */
  read(): LogLine[] {
    return [`${this.#path}.1`, this.#path]
      .filter(existsSync)
      .flatMap((path) => parseLog(readFileSync(path, 'latin1')));
  }

  /** Ends it and deletes its files. */
  remove(): void {
    this.end();
    for (const path of [this.#path, `${this.#path}.1`]) rmSync(path, { force: true });
  }

  /** Where a reader goes on after all that is kept now. */
  get position(): number {
    return this.#start + this.#bytes;
  }

  /** Whether the output is complete. */
  get ended(): boolean {
    return this.#ended;
  }

  /**
   * Some lines from a position on, and the position behind them; the same position when there is no more. What is no
   * longer kept is skipped.
   */
  readFrom(position: number): { readonly lines: LogLine[]; readonly position: number } {
    const old = position < this.#start;
    const first = old ? Math.max(position, this.#start - this.#oldBytes) : position;
    if (first >= this.position) return { lines: [], position };
    const path = old ? `${this.#path}.1` : this.#path;
    // The files go with the pod, whoever still reads.
    if (!existsSync(path)) return { lines: [], position };
    const fd = openSync(path, 'r');
    try {
      const bytes = Buffer.alloc(READ_BYTES);
      const offset = old ? first - (this.#start - this.#oldBytes) : first - this.#start;
      const text = bytes.toString('latin1', 0, readSync(fd, bytes, 0, READ_BYTES, offset));
      const end = text.lastIndexOf('\n') + 1;
      return { lines: parseLog(text.slice(0, end)), position: first + end };
    } finally {
      closeSync(fd);
    }
  }

  /** Calls `changed` when there is more to read and when the output is complete; returns the function that ends it. */
  follow(changed: () => void): () => void {
    this.#followers.add(changed);
    return () => void this.#followers.delete(changed);
  }

  #append(stream: LogStream, lines: readonly LogLine[]): void {
    if (this.#fd === undefined || lines.length === 0) return;
    const text = lines.map(
      ({ time, text: body, whole }) => `${time} ${stream} ${whole ? 'F' : 'P'} ${body}\n`,
    );
    const bytes = Buffer.from(text.join(''), 'latin1');
    try {
      if (this.#bytes > 0 && this.#bytes + bytes.length > this.#limitBytes) this.#rotate();
      writeSync(this.#fd, bytes);
      this.#bytes += bytes.length;
    } catch {
      // A full disk costs the pod its log, not the sandbox its life.
    }
    for (const changed of this.#followers) changed();
  }

  #rotate(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    renameSync(this.#path, `${this.#path}.1`);
    this.#fd = openSync(this.#path, 'w', 0o600);
    this.#start += this.#bytes;
    this.#oldBytes = this.#bytes;
    this.#bytes = 0;
  }
}

/** Lines of a log file; what does not follow the format is left out. */
function parseLog(text: string): LogLine[] {
  return text.split('\n').flatMap((line) => {
    const match = /^(\S+) (?:stdout|stderr) ([FP]) (.*)$/s.exec(line);
    return match ? [{ time: match[1]!, whole: match[2] === 'F', text: match[3]! }] : [];
  });
}
