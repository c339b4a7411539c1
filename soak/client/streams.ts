import { echoDefinition, type SayReply, type SayRequest } from '@fairlead/sandbox/echo';
import type { Client, ClientDuplexStream } from '@grpc/grpc-js';
import { monotonicMs } from '#commands/wait.js';
import { peerOf } from './load.js';
import type { EndedStream } from './messages.js';

const TICK_MS = 100;
/** Between the end of a stream and the next one in its place: without endpoints it would end at once. */
const AGAIN_MS = 100;
const SILENT_MS = 1_000;

type Stream = ClientDuplexStream<SayRequest, SayReply>;

export interface StreamsOptions {
  readonly client: Client;
  readonly count: number;
  onEnded(stream: EndedStream): void;
}

/** Streams that talk all the time and are opened again when their pod ends them. */
export class Streams {
  readonly #options: StreamsOptions;
  readonly #open = new Map<Stream, { lastAnswerMs: number }>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #ticks: NodeJS.Timeout;
  #closed = false;

  constructor(options: StreamsOptions) {
    this.#options = options;
    for (let i = 0; i < options.count; i++) this.#start();
    this.#ticks = setInterval(() => {
      for (const stream of this.#open.keys()) stream.write({ text: 'tick' });
    }, TICK_MS);
  }

  /** Peers of streams that had no answer for a second. */
  silent(): string[] {
    const sinceMs = monotonicMs() - SILENT_MS;
    return [...this.#open]
      .filter(([, { lastAnswerMs }]) => lastAnswerMs < sinceMs)
      .map(([stream]) => peerOf(stream) ?? 'none');
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#ticks);
    for (const timer of this.#timers) clearTimeout(timer);
    for (const stream of this.#open.keys()) stream.cancel();
  }

  #start(): void {
    const { client, onEnded } = this.#options;
    const { path, requestSerialize, responseDeserialize } = echoDefinition.Stream;
    const openedMs = monotonicMs();
    const stream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    const state = { lastAnswerMs: openedMs };
    this.#open.set(stream, state);
    stream.on('data', () => {
      state.lastAnswerMs = monotonicMs();
    });
    stream.on('error', () => {});
    stream.on('status', ({ code, details }) => {
      this.#open.delete(stream);
      if (this.#closed) return;
      onEnded({ openedMs, endedMs: monotonicMs(), code, details, peer: peerOf(stream) });
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        this.#start();
      }, AGAIN_MS);
      this.#timers.add(timer);
    });
  }
}
