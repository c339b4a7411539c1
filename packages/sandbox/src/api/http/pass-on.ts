import type { IncomingMessage } from 'node:http';
import type { ResponseStream } from './answer.js';

/** Hands the body of another server's answer on to a client, as fast as it reads; who leaves ends both. */
export function passOn(answer: IncomingMessage, out: ResponseStream, abort: AbortController): void {
  answer.on('data', (chunk: Buffer) => {
    if (!out.write(chunk)) answer.pause();
  });
  out.onDrain(() => answer.resume());
  answer.on('end', () => out.end());
  answer.on('error', () => out.destroy());
  out.onClose(() => abort.abort());
}
