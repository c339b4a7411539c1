import type { OpenStream } from '../contract.js';

/** The streams of one endpoint that their application opens again elsewhere when it is asked to. */
export class MovableStreams {
  /** Not asked yet, the oldest first: a stream that is opened anew becomes the last to be asked again. */
  readonly staying = new Set<OpenStream>();
  /** Asked, and when (epoch ms). */
  readonly told = new Map<OpenStream, number>();
}

/** Streams of one endpoint as this process knows them; written by `Loads` and the pipeline only. */
export class StreamLoad {
  /** Open and not asked to go elsewhere. */
  open = 0;
  /** Picks of this turn that have not started yet. */
  pending = 0;
  /** Epoch ms at which one last failed. */
  failedMs = Number.NEGATIVE_INFINITY;
  /** Part of the last ones that it ended early, 0 to 1, and when it last did (epoch ms). */
  early = 0;
  earlyMs = 0;
  /** The endpoint will soon be gone. */
  terminating = false;
  /** Null until there is one that may be moved. */
  movable: MovableStreams | null = null;
}
