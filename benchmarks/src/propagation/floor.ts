import { monotonicMs } from '#commands/wait.js';
import type { Backend } from '../backend/backend.js';
import { quiet } from '../clock.js';
import { connectAndCall } from './connect-and-call.js';
import { RawWatch } from './raw-watch.js';

/**
 * What no client can do without, written as directly as Node allows: the event's bytes arrive on an open watch, a
 * connection is made, one call is answered. It knows the new address beforehand, so it does not even parse the event.
 */
export class Floor {
  private readonly backend: Backend;
  private readonly service: string;
  private readonly watch: RawWatch;

  private constructor(backend: Backend, service: string, watch: RawWatch) {
    this.backend = backend;
    this.service = service;
    this.watch = watch;
  }

  static async open(backend: Backend, service: string): Promise<Floor> {
    return new Floor(backend, service, await RawWatch.open(backend, service));
  }

  /** Adds an endpoint, waits until it answers, and takes it away again; returns how long the answer took (ms). */
  async change(): Promise<number> {
    const { backend, service, watch } = this;
    const [host = ''] = await backend.openHosts(1);
    await quiet();
    const { session, answeredAtMs } = await watch.next(
      () => backend.add(service, host, 'grown-slice'),
      async () => {
        const session = await connectAndCall(backend.peer(host));
        return { session, answeredAtMs: monotonicMs() };
      },
    );
    const writtenAtMs = await backend.writtenAtMs(service);
    session.destroy();
    await watch.next(
      () => backend.remove(service, host),
      async () => {},
    );
    return answeredAtMs - writtenAtMs;
  }

  close(): void {
    this.watch.close();
  }
}
