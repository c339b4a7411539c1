import type { KnownCandidate } from '../handover/attributes.js';
import type { MetricAttributes, Observation } from './api.js';

/** Gone endpoints whose counts are kept, so that one that comes back goes on counting; the oldest are forgotten. */
const REMEMBERED = 1024;

/** Calls that were sent to one zone of one target, or to one endpoint; plain fields, because every call counts. */
export class PickCell {
  picks = 0;
  /** Streams among them that are open; null: there was none yet. */
  streams: number | null = null;
  /** Connections that count here. */
  holders = 0;
  readonly id: string;
  readonly attributes: MetricAttributes;

  constructor(id: string, attributes: MetricAttributes) {
    this.id = id;
    this.attributes = attributes;
  }
}

/** The cells behind `fairlead.lb.picks`. */
export class PickCells {
  private readonly byEndpoint: boolean;
  private readonly cells = new Map<string, PickCell>();
  /** Endpoints without a connection, the oldest first. */
  private readonly gone = new Map<string, PickCell>();

  /** With `byEndpoint` each endpoint has a cell of its own. */
  constructor(byEndpoint: boolean) {
    this.byEndpoint = byEndpoint;
  }

  /** The cell for a connection; to be given back when it closes or counts elsewhere. */
  acquire(target: string, { key, zone }: Pick<KnownCandidate, 'key' | 'zone'>): PickCell {
    const attributes = {
      ...(target === '' ? {} : { target }),
      ...(zone === undefined ? {} : { zone }),
      ...(this.byEndpoint ? { endpoint: key } : {}),
    };
    const id = JSON.stringify(attributes);
    const cell = this.cells.get(id) ?? this.gone.get(id) ?? new PickCell(id, attributes);
    this.gone.delete(id);
    this.cells.set(id, cell);
    cell.holders += 1;
    return cell;
  }

  /** A zone is reported for ever, because counters never go back; an endpoint while it is connected. */
  release(cell: PickCell): void {
    cell.holders -= 1;
    if (!this.byEndpoint || cell.holders > 0) return;
    this.cells.delete(cell.id);
    this.gone.set(cell.id, cell);
    const [oldest] = this.gone.keys();
    if (this.gone.size > REMEMBERED && oldest !== undefined) this.gone.delete(oldest);
  }

  /** Also of endpoints that are gone: their streams may outlast their connection, and what is no more must become 0. */
  reportStreams(result: Observation): void {
    for (const cells of [this.cells, this.gone]) {
      for (const { streams, attributes } of cells.values()) {
        if (streams !== null) result.observe(streams, attributes);
      }
    }
  }

  report(result: Observation): void {
    for (const { picks, attributes } of this.cells.values()) result.observe(picks, attributes);
  }
}
