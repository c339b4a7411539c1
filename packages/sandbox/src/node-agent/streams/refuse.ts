import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/** A request for streams that is refused with an HTTP status and a line of text, as the kubelet does. */
export class StreamRefusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Answers a request whose connection was to be upgraded with a refusal, and closes it. */
export function refuse(socket: Duplex, { status, message }: StreamRefusal): void {
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
}
