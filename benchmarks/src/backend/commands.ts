/** Where an added endpoint appears: in a slice that has room for it, or in a new one (all others are full). */
export type Placement = 'grown-slice' | 'new-slice';

/** What the benchmark asks of the backend process. */
export type Command =
  /** Makes a Service with these endpoints. */
  | { readonly kind: 'define'; readonly service: string; readonly hosts: readonly string[] }
  /** Opens the gRPC port on these addresses; `reports`: they report their load (gRFC A51). */
  | { readonly kind: 'listen'; readonly hosts: readonly string[]; readonly reports: boolean }
  /** Adds an endpoint to a Service; the watch event is written before anything else happens. */
  | { readonly kind: 'add'; readonly service: string; readonly host: string; readonly placement: Placement }
  | { readonly kind: 'remove'; readonly service: string; readonly host: string }
  /** Sends an event that changes nothing but the resource version. */
  | { readonly kind: 'touch'; readonly service: string }
  /** Asks when the last event of a Service was written (`monotonicMs`). */
  | { readonly kind: 'writtenAt'; readonly service: string };

/** A command on its way. Without an id there is no answer: an answer would disturb the process that measures. */
export interface Request {
  readonly id?: number;
  readonly command: Command;
}

/** What the backend says of itself once it is up. */
export interface Hello {
  /** URL of the API server. */
  readonly api: string;
  /** Port of the gRPC server on every address. */
  readonly port: number;
}

export type Answer =
  | { readonly kind: 'hello'; readonly hello: Hello }
  | { readonly kind: 'result'; readonly id: number; readonly result: number };
