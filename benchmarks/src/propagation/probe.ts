import { type ChannelOptions, connectivityState, experimental, Metadata } from '@grpc/grpc-js';

/** A subchannel as the probe hands it to a call. */
export type Subchannel = experimental.SubchannelInterface;

/** Natural picks per endpoint after which an endpoint that was never chosen counts as not pickable. */
const PICKS_PER_ENDPOINT = 40;

/**
 * What a `bench_parent` policy sees of its child: which endpoints the child was told, when a subchannel became READY,
 * and the picker that is published.
 */
export class Probe {
  private readonly subchannels = new Map<string, Subchannel>();
  private readonly awaited = new Map<string, () => void>();
  private endpoints: readonly experimental.Endpoint[] = [];
  private picker: experimental.Picker | null = null;
  private ready = 0;
  private helper: experimental.ChannelControlHelper | null = null;
  private options: ChannelOptions = {};

  /** Addresses (`host:port`) that the child has been told of last. */
  has(address: string): boolean {
    return this.endpoints.some(({ addresses }) =>
      addresses.some((each) => experimental.subchannelAddressToString(each) === address),
    );
  }

  get readyCount(): number {
    return this.ready;
  }

  subchannel(address: string): Subchannel | undefined {
    return this.subchannels.get(address);
  }

  /** Calls back when the child has taken in that the address is READY: its published picker can pick it from then on. */
  onReady(address: string, told: () => void): void {
    this.awaited.set(address, told);
  }

  /** Lets the published picker pick until it chooses the address; throws when it never does. Nothing is called. */
  assertPickable(address: string): void {
    const args = { metadata: new Metadata(), extraPickInfo: {} };
    const picks = PICKS_PER_ENDPOINT * (this.endpoints.length + 1);
    for (let i = 0; i < picks; i++) {
      if (this.picker?.pick(args).subchannel?.getAddress() === address) return;
    }
    throw new Error(`the published picker did not choose ${address} in ${picks} picks`);
  }

  /** Only kept: reading it here would cost time that is being measured. */
  listed(endpoints: readonly experimental.Endpoint[]): void {
    this.endpoints = endpoints;
  }

  /** The channel below which the child runs. */
  opened(helper: experimental.ChannelControlHelper, options: ChannelOptions): void {
    this.helper = helper;
    this.options = options;
  }

  /** Makes a subchannel that the child knows nothing of. */
  createSubchannel(address: { readonly host: string; readonly port: number }): Subchannel {
    if (this.helper === null) throw new Error('the channel is not open');
    const subchannel = this.helper.createSubchannel(address, this.options);
    this.subchannels.set(experimental.subchannelAddressToString(address), subchannel);
    return subchannel;
  }

  published(picker: experimental.Picker): void {
    this.picker = picker;
  }

  /**
   * Watches a subchannel that the child has just asked for. The listener is added a microtask later, behind the
   * child's own: when it hears of READY, the child has heard of it too.
   */
  created(address: string, subchannel: Subchannel): void {
    if (this.subchannels.get(address)?.realSubchannelEquals(subchannel)) return;
    this.subchannels.set(address, subchannel);
    const listener: experimental.ConnectivityStateListener = (_subchannel, before, now) => {
      if (before === now) return;
      if (before === connectivityState.READY) this.ready -= 1;
      if (now !== connectivityState.READY) return;
      this.ready += 1;
      const told = this.awaited.get(address);
      this.awaited.delete(address);
      told?.();
    };
    queueMicrotask(() => subchannel.addConnectivityStateListener(listener));
  }

  /** Forgets an address that was taken away. */
  forget(address: string): void {
    this.subchannels.delete(address);
  }
}
