import { experimental, type LoadBalancingConfig } from '@grpc/grpc-js';
import type { Backend } from '../backend/backend.js';
import type { Placement } from '../backend/commands.js';
import { NAMESPACE, PORT_NAME } from '../backend/slices.js';
import { quiet, until } from '../clock.js';
import { StubChannel } from '../stub-channel.js';
import type { TurnMeter } from './turn-meter.js';

interface UpdatedChannelOptions {
  readonly backend: Backend;
  readonly meter: TurnMeter;
  readonly service: string;
  readonly hosts: readonly string[];
  readonly policy: LoadBalancingConfig;
}

/**
 * The whole path of an update but for the connections: watch over HTTP, reflector, slices, set, the resolver that
 * `register()` gave to grpc-js, and a policy over subchannels that are READY at once.
 */
export class UpdatedChannel {
  private readonly options: UpdatedChannelOptions;
  private readonly channel: StubChannel;
  private readonly resolver: experimental.Resolver;
  private list: readonly experimental.Endpoint[] = [];
  private attributes = {};
  private copies: experimental.Endpoint[][] = [];

  private constructor(options: UpdatedChannelOptions) {
    this.options = options;
    this.channel = new StubChannel(options.policy);
    const target = { scheme: 'k8s', authority: '', path: `${options.service}.${NAMESPACE}:${PORT_NAME}` };
    this.resolver = experimental.createResolver(
      target,
      (list, attributes, _serviceConfig, note) => {
        this.attributes = attributes;
        if (list.ok) this.list = list.value;
        return this.channel.update(list, attributes, note);
      },
      { 'fairlead.kubeconfig': options.backend.kubeconfig },
    );
  }

  /** Defines the Service and resolves when the policy has all of its endpoints. */
  static async open(options: UpdatedChannelOptions): Promise<UpdatedChannel> {
    const { backend, service, hosts } = options;
    await backend.define(service, hosts);
    const opened = new UpdatedChannel(options);
    opened.resolver.updateResolution();
    await until(`the endpoints of ${service}`, () => opened.list.length === hosts.length);
    opened.copies = [[...opened.list], [...opened.list]];
    return opened;
  }

  /** Adds an endpoint, and takes it away again; returns how long the event loop was blocked by the first (µs). */
  async add(placement: Placement): Promise<number> {
    const { backend, meter, service, hosts } = this.options;
    const [host = ''] = backend.nextHosts(1);
    await quiet();
    const blocked = await meter.measure(
      () => backend.add(service, host, placement),
      () => this.list.length > hosts.length,
    );
    backend.remove(service, host);
    await until(`${host} to leave ${service}`, () => this.list.length === hosts.length);
    return blocked;
  }

  /** An event that changes nothing; returns how long the event loop was blocked (µs). */
  async touch(): Promise<number> {
    const { backend, meter, service } = this.options;
    await quiet();
    return meter.measure(
      () => backend.touch(service),
      () => meter.lineEnded,
    );
  }

  /** Gives the policy the list that it has, `times` times, each time in another array than before. */
  repeat(times: number): void {
    for (let i = 0; i < times; i++) {
      this.copies.reverse();
      const [list = []] = this.copies;
      this.channel.update(experimental.statusOrFromValue(list), this.attributes);
    }
  }
}
