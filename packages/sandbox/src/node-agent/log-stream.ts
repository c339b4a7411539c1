import type { ServerResponse } from 'node:http';
import type { LogFile, LogLine } from './log-file.js';
import type { LogQuery } from './log-query.js';
import { formatLine, selectLines } from './log-query.js';

/**
 * Sends what a query asks of a log, at the pace of its reader: a slow one costs no memory and does not hold up the
 * pod. What falls out of the kept part of the log before it is sent is left out, as by the kubelet.
 */
export async function sendLog(response: ServerResponse, log: LogFile, query: LogQuery): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
  response.flushHeaders();
  const out = new LimitedWriter(response, query);
  let wake = (): void => {};
  const woken = (): void => wake();
  const stop = log.follow(woken);
  response.on('drain', woken).on('close', woken);
  // In one tick with `follow`: no line is missed or sent twice.
  const { position: now } = log;
  let position = query.tailLines === undefined ? 0 : now;
  if (position === now) out.write(selectLines(log.read(), query));
  const since = query.sinceMs === undefined ? {} : { sinceMs: query.sinceMs };
  const end = query.follow ? Number.POSITIVE_INFINITY : now;
  while (position < end && !out.over) {
    const piece = response.writableNeedDrain ? undefined : log.readFrom(position);
    if (piece && piece.position > position) {
      position = piece.position;
      out.write(selectLines(piece.lines, since));
    } else if (piece && log.ended) {
      break;
    } else {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  stop();
  response.end();
}

/** Writes lines until `limitBytes` is reached. */
class LimitedWriter {
  readonly #response: ServerResponse;
  readonly #timestamps: boolean;
  #left: number;

  constructor(response: ServerResponse, { limitBytes, timestamps }: LogQuery) {
    this.#response = response;
    this.#timestamps = timestamps;
    this.#left = limitBytes ?? Number.POSITIVE_INFINITY;
  }

  /** Whether nothing more can or may be sent. */
  get over(): boolean {
    return this.#left <= 0 || this.#response.destroyed;
  }

  write(lines: readonly LogLine[]): void {
    const text = lines.map((line) => formatLine(line, this.#timestamps)).join('');
    const bytes = Buffer.from(text, 'latin1').subarray(0, this.#left);
    this.#left -= bytes.length;
    if (bytes.length > 0) this.#response.write(bytes);
  }
}
