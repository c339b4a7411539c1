import type { Readable, Writable } from 'node:stream';

/**
 * Passes a client's input on, and its end with it if `end` is set. What nobody reads any more is thrown away, so that
 * the client is not held up.
 */
export function feed(source: Readable, sink: Writable, end: boolean): void {
  const stop = (): void => {
    source.unpipe(sink);
    source.resume();
    sink.off('error', stop);
    sink.off('close', stop);
  };
  sink.on('error', stop);
  sink.on('close', stop);
  source.once('close', stop);
  source.on('error', () => (end ? sink.end() : undefined));
  source.pipe(sink, { end });
}
