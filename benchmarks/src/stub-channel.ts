import {
  type ChannelOptions,
  connectivityState,
  experimental,
  type LoadBalancingConfig,
} from '@grpc/grpc-js';

type ChannelzRef = ReturnType<experimental.SubchannelInterface['getChannelzRef']>;

/** Handed on by policies and read by nobody. */
const CHANNELZ_REF = {} as ChannelzRef;

function unreachable(what: string): never {
  throw new Error(`a subchannel without a connection has no ${what}`);
}

/** A subchannel that is READY from its beginning and has no connection: only policies touch it. */
class StubSubchannel implements experimental.SubchannelInterface {
  private readonly address: string;

  constructor(address: string) {
    this.address = address;
  }

  getConnectivityState(): connectivityState {
    return connectivityState.READY;
  }

  getAddress(): string {
    return this.address;
  }

  isHealthy(): boolean {
    return true;
  }

  addConnectivityStateListener(): void {}
  removeConnectivityStateListener(): void {}
  addHealthStateWatcher(): void {}
  removeHealthStateWatcher(): void {}
  addDataWatcher(): void {}
  startConnecting(): void {}
  throttleKeepalive(): void {}
  ref(): void {}
  unref(): void {}

  getChannelzRef(): ChannelzRef {
    return CHANNELZ_REF;
  }

  realSubchannelEquals(other: experimental.SubchannelInterface): boolean {
    return other === this;
  }

  getCallCredentials(): never {
    return unreachable('credentials');
  }

  getRealSubchannel(): never {
    return unreachable('transport');
  }

  getChannel(): never {
    return unreachable('channel');
  }
}

const NO_PICKER: experimental.Picker = new experimental.UnavailablePicker();

/**
 * A channel as a policy sees it, without a network: subchannels are READY at once, pickers are kept. What a policy
 * itself costs is then all there is.
 */
export class StubChannel {
  /** The picker that the policy published last. */
  picker: experimental.Picker = NO_PICKER;
  private readonly policy: experimental.ChildLoadBalancerHandler;
  private readonly config: experimental.TypedLoadBalancingConfig;

  constructor(config: LoadBalancingConfig) {
    this.config = experimental.parseLoadBalancingConfig(config);
    this.policy = new experimental.ChildLoadBalancerHandler({
      createSubchannel: (address) => new StubSubchannel(experimental.subchannelAddressToString(address)),
      updateState: (_state, picker) => {
        this.picker = picker;
      },
      requestReresolution: () => {},
      addChannelzChild: () => {},
      removeChannelzChild: () => {},
    });
  }

  /** Hands the policy a list, as a channel does when its resolver has spoken. */
  update(
    list: experimental.StatusOr<experimental.Endpoint[]>,
    attributes: ChannelOptions = {},
    note = '',
  ): boolean {
    return this.policy.updateAddressList(list, this.config, attributes, note);
  }
}
