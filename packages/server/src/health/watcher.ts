import type { ServerWritableStream } from '@grpc/grpc-js';
import { UNAVAILABLE } from '../status.js';
import type { HealthCheckRequest, HealthCheckResponse, ServingStatus } from './codec.js';

export type WatchCall = ServerWritableStream<HealthCheckRequest, HealthCheckResponse>;

/** One open Watch. A client that does not read is told the newest status when it does, not every one in between. */
export class Watcher {
  private readonly call: WatchCall;
  private readonly current: () => ServingStatus;
  private told: ServingStatus | undefined;
  private full = false;

  constructor(call: WatchCall, current: () => ServingStatus) {
    this.call = call;
    this.current = current;
    call.on('drain', () => {
      this.full = false;
      this.tell();
    });
  }

  tell(): void {
    const status = this.current();
    if (this.full || status === this.told || this.call.cancelled || this.call.writableEnded) return;
    this.told = status;
    this.full = !this.call.write({ status });
  }

  end(): void {
    if (this.call.cancelled || this.call.writableEnded) return;
    // An 'error' event is how a grpc-js handler ends a stream with a status.
    this.call.emit('error', { code: UNAVAILABLE, details: 'server is shutting down' });
  }
}
