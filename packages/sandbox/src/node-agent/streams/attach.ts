import type { Writable } from 'node:stream';
import type { CommandStreams } from './command-streams.js';
import type { ContainerConsole } from './container-console.js';
import { feed } from './feed.js';
import { failure, SUCCESS } from './status.js';

/** A client that lets more than this wait is cut off (bytes): the container must not be held up, nor memory filled. */
const MOST_WAITING_BYTES = 4 * 1024 * 1024;

/** Joins a client with a running container until one of them ends: what is written from now on, and its input. */
export async function attach(console: ContainerConsole, streams: CommandStreams): Promise<void> {
  let slow = (): void => {};
  const tooSlow = new Promise<'slow'>((resolve) => {
    slow = () => resolve('slow');
  });
  const stop = console.listen((stream, chunk) => {
    const sink = streams[stream];
    sink?.write(chunk);
    if (sink && sink.writableLength > MOST_WAITING_BYTES) slow();
  });
  streams.stdout?.on('error', stop);
  streams.stderr?.on('error', stop);
  streams.onResize((size) => console.resize(size));
  const { stdin, stdinOnce } = console;
  if (streams.stdin && stdin) feed(streams.stdin, stdin, stdinOnce);
  else streams.stdin?.resume();
  const left = new Promise<'left'>((resolve) => {
    streams.gone.addEventListener('abort', () => resolve('left'), { once: true });
  });
  const why = await Promise.race([console.closed, left, tooSlow]);
  stop();
  if (why === 'left') {
    streams.stdin?.destroy();
    return;
  }
  if (why === 'slow') {
    streams.finish(
      failure(`error attaching to container: output waits for its reader: ${MOST_WAITING_BYTES} bytes`),
    );
    return;
  }
  await Promise.all([ended(streams.stdout), ended(streams.stderr)]);
  streams.finish(SUCCESS);
}

/** Resolves when all is sent, or never will be. */
function ended(sink: Writable | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (!sink || sink.destroyed) return resolve();
    sink.once('close', () => resolve());
    sink.end(() => resolve());
  });
}
