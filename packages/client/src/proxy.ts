import type { TroubleLog } from './log.js';

/** The variables that grpc-js reads, in its order. */
const VARIABLES = ['grpc_proxy', 'https_proxy', 'http_proxy'] as const;

/**
 * Notices that a proxy variable swallowed a target: grpc-js then dials the proxy by DNS and never makes our resolver,
 * and calls fail with "No connection established". It asks for the authority of a target first in any case.
 */
export class ProxyCheck {
  private readonly log: TroubleLog;
  private readonly env: Readonly<Record<string, string | undefined>>;
  private readonly pending = new Set<string>();

  constructor(log: TroubleLog, env: Readonly<Record<string, string | undefined>>) {
    this.log = log;
    this.env = env;
  }

  /** The authority of a target was asked for: its resolver must follow in the same tick. */
  expect(target: string): void {
    const variable = VARIABLES.find((name) => this.env[name]);
    if (variable === undefined || this.pending.has(target)) return;
    this.pending.add(target);
    queueMicrotask(() => {
      if (!this.pending.delete(target)) return;
      this.log.once(
        'proxy',
        `${variable} sends the target through a proxy, past every resolver: set the channel option 'grpc.enable_http_proxy': 0, or put the Service's name into no_proxy`,
        { target },
      );
    });
  }

  /** The resolver of a target was made. */
  reached(target: string): void {
    this.pending.delete(target);
  }
}
