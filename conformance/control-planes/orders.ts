/** What a process of clients is started with. */
export interface ClientsOrder {
  readonly port: number;
  /** A connection with one stream for each: what it subscribes to. */
  readonly names: readonly string[];
}

/** What was sent to all clients together, since they were started. */
export interface Received {
  readonly responses: number;
  readonly resources: number;
  /** Of the responses, without gRPC's header. */
  readonly bytes: number;
}

/** What a process of clients is asked. */
export type ClientsQuestions = {
  /** Answers when every client has endpoints. */
  readonly ready: { readonly asked: null; readonly answer: null };
  /** Looks out for an address from now on, at all who subscribe to the name. */
  readonly expect: {
    readonly asked: { readonly name: string; readonly host: string };
    readonly answer: null;
  };
  /** Answers when it has come to all of them: when each read it (CLOCK_MONOTONIC, ms). */
  readonly seen: { readonly asked: null; readonly answer: readonly number[] };
  readonly received: { readonly asked: null; readonly answer: Received };
};
