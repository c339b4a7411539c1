import type { Readable, Writable } from 'node:stream';
import type { TerminalSize } from './terminal.js';

/** Which streams a client asked for. */
export interface StreamOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  /** Never together with `tty`: a terminal has one output. */
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** The streams of one exec or attach, whatever protocol carries them. */
export interface CommandStreams {
  /** Ends when the client closes its input, or leaves. */
  readonly stdin?: Readable;
  readonly stdout?: Writable;
  readonly stderr?: Writable;
  /** Aborts when the client has left. */
  readonly gone: AbortSignal;
  /** The client's terminal has a size, and later another one. One listener. */
  onResize(listener: (size: TerminalSize) => void): void;
  /** Tells how it ended, as a `Status`, and closes. */
  finish(status: object): void;
}

/** `1` is what the API server sends; kubelets take nothing else for a yes. */
const asked = (query: URLSearchParams, name: string): boolean => query.get(name) === '1';

/** Reads what an exec or attach asks for, in the kubelet's names. Throws when that is nothing. */
export function parseStreamOptions(query: URLSearchParams): StreamOptions {
  const tty = asked(query, 'tty');
  const stdin = asked(query, 'input');
  const stdout = asked(query, 'output');
  const stderr = asked(query, 'error') && !tty;
  if (!stdin && !stdout && !stderr) throw new Error('you must specify at least 1 of stdin, stdout, stderr');
  return { stdin, stdout, stderr, tty };
}
