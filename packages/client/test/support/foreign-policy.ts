import * as grpc from '@grpc/grpc-js';

const { experimental: x } = grpc;

/** A policy that is neither ours nor gRPC's, over one of grpc-js's. */
class Foreign extends x.ChildLoadBalancerHandler {
  override updateAddressList(
    list: grpc.experimental.StatusOr<grpc.experimental.Endpoint[]>,
    _config: grpc.experimental.TypedLoadBalancingConfig,
    options: grpc.ChannelOptions,
    note: string,
  ): boolean {
    return super.updateAddressList(list, x.parseLoadBalancingConfig({ pick_first: {} }), options, note);
  }
}

class ForeignConfig implements grpc.experimental.TypedLoadBalancingConfig {
  getLoadBalancerName(): string {
    return 'foreign';
  }
  toJsonObject(): object {
    return { foreign: {} };
  }
  static createFromJson(): ForeignConfig {
    return new ForeignConfig();
  }
}

/** Registers the policy `foreign`, which is grpc-js's pick_first by another name. */
export function registerForeignPolicy(): void {
  x.registerLoadBalancerType('foreign', Foreign, ForeignConfig);
}
