import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { AskedProcess, withoutProxies } from '../client/asked-process.js';
import type { FailedCall } from '../client/messages.js';
import type { XdsClientSettings, XdsCommand, XdsLook, XdsMessage } from './client-messages.js';

export interface XdsClientListener {
  onFailed(call: FailedCall): void;
  /** The process ended although nobody closed it. */
  onExit(why: string): void;
}

/** A process with a grpc-js-xds client, as the driver sees it. */
export class XdsClientProcess {
  readonly #process: AskedProcess<XdsCommand, XdsLook | null, XdsMessage>;

  /** `port`: where its control plane is, on 127.0.0.1. */
  constructor(settings: XdsClientSettings, port: number, { onFailed, onExit }: XdsClientListener) {
    const bootstrap = {
      xds_servers: [{ server_uri: `127.0.0.1:${port}`, channel_creds: [{ type: 'insecure' }] }],
      node: { id: settings.id, locality: {} },
    };
    const main = fileURLToPath(new URL('./client-main.js', import.meta.url));
    const env = { ...withoutProxies(process.env), GRPC_XDS_BOOTSTRAP_CONFIG: JSON.stringify(bootstrap) };
    this.#process = new AskedProcess(fork(main, [JSON.stringify(settings)], { env }), {
      who: `the process of ${settings.id}`,
      onTold: ({ call }: XdsMessage) => onFailed(call),
      onExit,
    });
  }

  open(): Promise<unknown> {
    return this.#process.ask({ kind: 'open' });
  }

  look(mark = false): Promise<XdsLook> {
    return this.#process.ask({ kind: 'look', mark }) as Promise<XdsLook>;
  }

  close(): Promise<unknown> {
    return this.#process.ask({ kind: 'close' });
  }

  /** Ends the process; idempotent. */
  async end(): Promise<void> {
    await this.#process.end();
  }
}
