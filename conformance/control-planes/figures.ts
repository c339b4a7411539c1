import { perRound, ratio } from '#benchmarks/interleave.js';
import { type Estimate, estimate, median } from '#benchmarks/statistics.js';

/** What one turn of a control plane took: a few changes, one after the other. */
export interface Turn {
  /** From the beginning of the write to the bytes at half of the clients that subscribe, and at 99 of 100 (ms). */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time of the control plane for one change (µs). */
  readonly cpuUs: number;
}

/** What was measured of one control plane. */
export interface Taken {
  /** One turn a round. */
  readonly turns: readonly Turn[];
  /** A second turn in the same rounds: the control. */
  readonly again: readonly Turn[];
  /** What clients were sent in all turns. */
  readonly sent: { readonly responses: number; readonly resources: number; readonly bytes: number };
  /** Changes in all turns. */
  readonly changes: number;
  /** Resident memory when the cluster was read and nobody had come, and after the last round (bytes). */
  readonly aloneBytes: number;
  readonly endBytes: number;
}

/** One of the figures of a turn. */
export type Metric = keyof Turn;

/** A figure of one control plane. */
export interface Figure {
  /** Median of both turns of all rounds. */
  readonly value: number;
  /** A/A: the second turn ÷ the first, median over the rounds. */
  readonly control: number;
}

const column = (turns: readonly Turn[], metric: Metric): number[] => turns.map((turn) => turn[metric]);

/** The figure of one control plane. */
export function figureOf({ turns, again }: Taken, metric: Metric): Figure {
  const [first, second] = [column(turns, metric), column(again, metric)];
  return { value: median([...first, ...second]), control: median(perRound(ratio, second, first)) };
}

/** One control plane ÷ another, within rounds. */
export function compare(ours: Taken, theirs: Taken, metric: Metric): Estimate {
  return estimate([
    ...perRound(ratio, column(ours.turns, metric), column(theirs.turns, metric)),
    ...perRound(ratio, column(ours.again, metric), column(theirs.again, metric)),
  ]);
}

/** Resources that were sent ÷ (changes × clients that subscribe to what changed): 1 is what there is to say. */
export function amplification({ sent, changes }: Taken, subscribed: number): number {
  return sent.resources / (changes * subscribed);
}

/** Memory that a client adds (bytes). */
export function bytesPerClient({ aloneBytes, endBytes }: Taken, clients: number): number {
  return (endBytes - aloneBytes) / clients;
}
