import {
  type ChannelOptions,
  experimental,
  type LoadBalancingConfig,
  type ServiceConfig,
} from '@grpc/grpc-js';
import { Probe } from './probe.js';

const POLICY = 'bench_parent';
/** A call that carries it goes to the `host:port` in it, whatever the child would pick. Not sent to the server. */
export const ADDRESS_HEADER = 'x-bench-address';

const probes = new Map<string, Probe>();

/** The probe of that name; made when first asked for. */
export function probeOf(name: string): Probe {
  let probe = probes.get(name);
  if (probe === undefined) {
    probe = new Probe();
    probes.set(name, probe);
  }
  return probe;
}

class ParentConfig implements experimental.TypedLoadBalancingConfig {
  readonly probe: Probe;
  readonly child: experimental.TypedLoadBalancingConfig;
  private readonly raw: { probe: string; child: LoadBalancingConfig };

  constructor(raw: { probe: string; child: LoadBalancingConfig } = { probe: '', child: { pick_first: {} } }) {
    this.raw = raw;
    this.probe = probeOf(raw.probe);
    this.child = experimental.parseLoadBalancingConfig(raw.child);
  }

  static createFromJson(raw: { probe: string; child: LoadBalancingConfig }): ParentConfig {
    return new ParentConfig(raw);
  }

  getLoadBalancerName(): string {
    return POLICY;
  }

  toJsonObject(): object {
    return { [POLICY]: this.raw };
  }
}

/** Sends calls that name an address there, and leaves all others to the child's picker. */
class ParentPicker implements experimental.Picker {
  private readonly probe: Probe;
  private readonly child: experimental.Picker;

  constructor(probe: Probe, child: experimental.Picker) {
    this.probe = probe;
    this.child = child;
  }

  pick(args: experimental.PickArgs): experimental.PickResult {
    const [address] = args.metadata.get(ADDRESS_HEADER);
    if (address === undefined) return this.child.pick(args);
    args.metadata.remove(ADDRESS_HEADER);
    const subchannel = this.probe.subchannel(String(address));
    if (subchannel === undefined) throw new Error(`no subchannel of ${address}`);
    return {
      pickResultType: experimental.PickResultType.COMPLETE,
      subchannel,
      status: null,
      onCallStarted: null,
      onCallEnded: null,
    };
  }
}

/**
 * A policy as an application could write it: hands everything to its child policy and looks on. It is what lets one
 * call go straight to a new endpoint, whichever policy is measured, through nothing but grpc-js's public hooks.
 */
class Parent implements experimental.LoadBalancer {
  private readonly helper: experimental.ChannelControlHelper;
  private readonly child: experimental.ChildLoadBalancerHandler;
  private probe: Probe | null = null;

  constructor(helper: experimental.ChannelControlHelper) {
    this.helper = helper;
    const childHelper = experimental.createChildChannelControlHelper(helper, {
      createSubchannel: (address, args) => {
        const subchannel = helper.createSubchannel(address, args);
        this.probe?.created(experimental.subchannelAddressToString(address), subchannel);
        return subchannel;
      },
      updateState: (state, picker, message) => {
        const { probe } = this;
        if (probe === null) return;
        probe.published(picker);
        helper.updateState(state, new ParentPicker(probe, picker), message);
      },
    });
    this.child = new experimental.ChildLoadBalancerHandler(childHelper);
  }

  updateAddressList(
    list: experimental.StatusOr<experimental.Endpoint[]>,
    config: experimental.TypedLoadBalancingConfig,
    options: ChannelOptions,
    note: string,
  ): boolean {
    if (!(config instanceof ParentConfig)) return false;
    this.probe = config.probe;
    config.probe.opened(this.helper, options);
    const accepted = this.child.updateAddressList(list, config.child, options, note);
    if (list.ok) config.probe.listed(list.value);
    return accepted;
  }

  exitIdle(): void {
    this.child.exitIdle();
  }

  resetBackoff(): void {
    this.child.resetBackoff();
  }

  destroy(): void {
    this.child.destroy();
  }

  getTypeName(): string {
    return POLICY;
  }
}

/** Registers the policy with grpc-js. */
export function registerBenchParent(): void {
  experimental.registerLoadBalancerType(POLICY, Parent, ParentConfig);
}

/** The service config that runs `child` below the parent, seen by the probe of that name. */
export function watchedServiceConfig(probe: string, child: LoadBalancingConfig): ServiceConfig {
  return { loadBalancingConfig: [{ [POLICY]: { probe, child } }], methodConfig: [] };
}
