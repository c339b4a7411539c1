import type { FailedCall } from '../client/messages.js';

/** What an xDS client process is started with (JSON, its first argument). */
export interface XdsClientSettings {
  /** Node id; calls that fail are told under this name. */
  readonly id: string;
  readonly target: string;
  readonly callsPerSecond: number;
  readonly deadlineMs: number;
  readonly keepalive: { readonly timeMs: number; readonly timeoutMs: number };
}

/** What it does right now. */
export interface XdsLook {
  /** `ip:port` of the TCP peers of the process, as the kernel knows them. */
  readonly connectedTo: readonly string[];
  /** Answered calls by peer since the last mark. */
  readonly answered: Readonly<Record<string, number>>;
  readonly calls: number;
  readonly failed: number;
}

export type XdsCommand =
  /** Begins to call. */
  | { readonly kind: 'open' }
  /** Answers with an `XdsLook`; with `mark` calls are counted anew from here. */
  | { readonly kind: 'look'; readonly mark: boolean }
  /** Lets the calls in flight end and closes the client. */
  | { readonly kind: 'close' };

/** What it tells without being asked. */
export interface XdsMessage {
  readonly kind: 'failed';
  readonly call: FailedCall;
}
