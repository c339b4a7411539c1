import { connectivityState } from '@grpc/grpc-js';
import { monotonicMs } from '#commands/wait.js';
import type { Backend } from '../backend/backend.js';
import { quiet } from '../clock.js';
import type { BenchChannel } from './channel.js';
import { RawWatch } from './raw-watch.js';

/**
 * What no client of grpc-js can do without: as the floor, but the connection is a subchannel of grpc-js and the call a
 * call of grpc-js. No resolver and no policy takes part. What Fairlead costs is what it takes beyond this.
 */
export class GrpcFloor {
  private readonly backend: Backend;
  private readonly service: string;
  private readonly channel: BenchChannel;
  private readonly watch: RawWatch;

  private constructor(backend: Backend, service: string, parts: { channel: BenchChannel; watch: RawWatch }) {
    this.backend = backend;
    this.service = service;
    this.channel = parts.channel;
    this.watch = parts.watch;
  }

  /** `channel` lends its transport; its own Service must not change meanwhile. */
  static async open(backend: Backend, service: string, channel: BenchChannel): Promise<GrpcFloor> {
    const watch = await RawWatch.open(backend, service);
    return new GrpcFloor(backend, service, { channel, watch });
  }

  /** Adds an endpoint, waits until it answers, and takes it away again; returns how long the answer took (ms). */
  async change(): Promise<number> {
    const { backend, service, watch } = this;
    const [host = ''] = await backend.openHosts(1);
    await quiet();
    const answeredAtMs = await watch.next(
      () => backend.add(service, host, 'grown-slice'),
      () => this.connectAndCall(host),
    );
    const writtenAtMs = await backend.writtenAtMs(service);
    await watch.next(
      () => backend.remove(service, host),
      async () => {},
    );
    return answeredAtMs - writtenAtMs;
  }

  close(): void {
    this.watch.close();
  }

  private connectAndCall(host: string): Promise<number> {
    const { backend, channel } = this;
    const address = backend.peer(host);
    const subchannel = channel.probe.createSubchannel({ host, port: backend.hello.port });
    subchannel.ref();
    return new Promise((resolve, reject) => {
      subchannel.addConnectivityStateListener((_subchannel, _before, now) => {
        if (now !== connectivityState.READY) return;
        channel.callTo(address).then(() => {
          resolve(monotonicMs());
          subchannel.unref();
        }, reject);
      });
      subchannel.startConnecting();
    });
  }
}
