import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

/** A request for streams that is refused with an HTTP status and a line of text, as the kubelet does. */
export class StreamRefusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A client that was refused gets so long to close (ms). */
const CLOSE_MS = 5000;

/** Answers a request whose connection was to be upgraded with a refusal, and closes it. */
export function refuse(socket: Socket, { status, message }: StreamRefusal): void {
  const body = `${message}\n`;
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`,
      'content-type: text/plain; charset=utf-8',
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  );
  socket.setTimeout(CLOSE_MS, () => socket.destroy());
}
