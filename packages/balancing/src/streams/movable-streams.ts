import type { OpenStream } from '../contract.js';

/** The streams of one endpoint that their application opens again elsewhere when it is asked to. */
export class MovableStreams {
  /** Not asked yet, the oldest first: a stream that is opened anew becomes the last to be asked again. */
  readonly staying = new Set<OpenStream>();
  /** Asked, and when (epoch ms). */
  readonly told = new Map<OpenStream, number>();
}
