import { Loads } from '../src/candidates/loads.js';
import { parseConfig } from '../src/config/parse.js';
import type {
  Candidate,
  OpenStream,
  Outcome,
  PickContext,
  Pipeline,
  PipelineHost,
  Slot,
  StreamMove,
} from '../src/contract.js';
import { buildPipeline, createPipeline } from '../src/pipeline.js';
import { hostOf } from './hosts.js';

const STREAM: PickContext = { header: () => undefined, streaming: true };
/** What a stream that its client ended comes to. */
const CANCELLED: Outcome = { code: 1, latencyMs: 60_000, streaming: true };

/** A stream of the rig, and where it is open. */
export interface RigStream extends OpenStream {
  readonly slot: Slot;
}

/** A client with streams in virtual time. */
export class StreamRig {
  nowMs = 1_000;
  pipeline: Pipeline;
  /** The present list. */
  candidates: readonly Candidate[] = [];
  /** The counts of its pipelines, one after the other. */
  readonly loads = new Loads();
  readonly open = new Set<RigStream>();
  /** What was asked to move, with the time. */
  readonly asked: (StreamMove & { readonly atMs: number })[] = [];
  /** What the application does when it is asked. */
  onMove: (stream: RigStream) => void = (stream) => this.reopen(stream);
  private readonly host;

  constructor(config: object = {}, seed = 1, host: Partial<PipelineHost> = {}) {
    this.host = { ...hostOf(seed), ...host, now: () => this.nowMs };
    this.pipeline = buildPipeline(parseConfig(config), this.host, this.loads);
  }

  /** Another config, as after a change of an annotation. */
  reconfigure(config: object, list: readonly Candidate[]): void {
    this.pipeline = createPipeline(parseConfig(config), { ...this.host, previous: this.pipeline });
    this.list(list);
  }

  /** These endpoints, with ready connections to all that are planned. */
  list(candidates: readonly Candidate[]): void {
    this.candidates = candidates;
    for (const key of this.pipeline.update(candidates).connect) this.pipeline.connection(key, 'ready');
  }

  start(movable = true): RigStream {
    const slot = this.pipeline.pick(STREAM);
    if (slot === null) throw new Error('nothing was picked');
    const stream = { movable, slot };
    this.pipeline.started(slot, stream);
    this.pipeline.endOfTurn();
    this.open.add(stream);
    return stream;
  }

  startMany(n: number, movable = true): RigStream[] {
    return Array.from({ length: n }, () => this.start(movable));
  }

  end(stream: RigStream, outcome = CANCELLED): void {
    this.open.delete(stream);
    this.pipeline.ended(stream.slot, outcome, stream);
  }

  /** The new one first, then the end of the old one: both are open for a moment. */
  reopen(stream: RigStream): void {
    const next = this.start();
    this.end(stream);
    if (!next.movable) throw new Error('not movable');
  }

  /** Lets time pass and the application do what it is asked for. */
  pass(ms: number): void {
    const endMs = this.nowMs + ms;
    for (;;) {
      const wakeMs = this.pipeline.nextWakeMs;
      if (wakeMs === null || wakeMs > endMs) break;
      this.nowMs = Math.max(this.nowMs, wakeMs);
      this.pipeline.wake();
      for (const move of this.pipeline.takeMoves()) {
        this.asked.push({ ...move, atMs: this.nowMs });
        this.onMove(move.stream as RigStream);
      }
    }
    this.nowMs = endMs;
  }

  /** Open streams by key. */
  counts(candidates: readonly Candidate[]): number[] {
    return candidates.map(({ key }) => [...this.open].filter(({ slot }) => slot.key === key).length);
  }
}
