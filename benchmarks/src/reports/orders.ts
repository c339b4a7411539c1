import type { CallingOptions } from '../calls/calling-client.js';

/** What a client process is started with. */
export interface ClientOrder extends CallingOptions {
  /** How many endpoints must have answered before it is ready. */
  readonly reach: number;
  /** The rates, one after the other. */
  readonly rates: readonly { readonly perSecond: number; readonly forMs: number }[];
}

export type ClientAnswer =
  | { readonly kind: 'ready' }
  /** CPU of the whole process for a call (µs), at each rate. */
  | { readonly kind: 'costs'; readonly costs: readonly number[] };
