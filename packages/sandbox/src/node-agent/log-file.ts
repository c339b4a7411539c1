import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
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

/** A running `follow`. */
export interface LogFollower {
  line(line: LogLine): void;
  /** The container has ended and its output is complete. */
  end(): void;
}

export type LogStream = 'stdout' | 'stderr';

/** Longer lines are cut into pieces (bytes); containerd's limit is the same. */
const LINE_LIMIT_BYTES = 16 * 1024;
/** The file and its predecessor together hold the kubelet's 10 MiB. */
const FILE_LIMIT_BYTES = 5 * 1024 * 1024;

/**
 * The output of one run of a container, on disk in the format of the container runtimes
 * (`TIME STREAM F|P TEXT`). Writes are synchronous: a reader that reads and subscribes in one tick misses nothing.
 */
export class LogFile {
  readonly #path: string;
  readonly #now: () => number;
  readonly #limitBytes: number;
  readonly #rest = new Map<LogStream, Buffer>();
  readonly #followers = new Set<LogFollower>();
  #fd: number | undefined;
  #bytes = 0;
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
    for (const follower of this.#followers) follower.end();
    this.#followers.clear();
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

  /** Calls the follower for each line from now on; returns the function that ends it. */
  follow(follower: LogFollower): () => void {
    if (this.#ended) follower.end();
    else this.#followers.add(follower);
    return () => void this.#followers.delete(follower);
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
    for (const follower of this.#followers) for (const line of lines) follower.line(line);
  }

  #rotate(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    renameSync(this.#path, `${this.#path}.1`);
    this.#fd = openSync(this.#path, 'w', 0o600);
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
