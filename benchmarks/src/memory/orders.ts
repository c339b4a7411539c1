import type { CallingOptions } from '../calls/calling-client.js';

/** What a client process is started with. */
export interface MemoryOrder {
  /** A client of one endpoint, which loads and compiles what every client needs. */
  readonly first: CallingOptions;
  readonly all: CallingOptions;
  readonly endpoints: number;
}
