import { SCHEMES } from '@fairlead/discovery';
import { Balancer } from '../balancing/balancer.js';
import { FairleadConfig } from '../balancing/config.js';
import type { ChannelControlHelper, ChannelOptions, Grpc, GrpcUri, ResolverListener } from '../grpc.js';
import { dnsResolverOf, PlainResolver, type ResolverClass } from '../resolver/plain-resolver.js';
import { defaultAuthority, TargetResolver } from '../resolver/resolver.js';
import { POLICY_NAME } from '../service-config.js';
import { VERSION } from '../version.js';
import { markCopy } from './copies.js';
import type { Runtime } from './runtime.js';

type BalancerClass = Parameters<Grpc['experimental']['registerLoadBalancerType']>[1];

/** The classes that grpc-js constructs, built for one copy of it. */
interface Plugin {
  readonly Resolver: ResolverClass;
  readonly Balancer: BalancerClass;
}

/** Builds the classes for one copy of grpc-js. */
function createPlugin(grpc: Grpc, runtime: Runtime): Plugin {
  const host = { grpc, runtime };
  return {
    Resolver: class extends TargetResolver {
      constructor(target: GrpcUri, listener: ResolverListener, options: ChannelOptions) {
        super(host, target, listener, options);
      }

      static getDefaultAuthority(target: GrpcUri): string {
        return defaultAuthority(host, target);
      }
    },
    Balancer: class extends Balancer {
      constructor(helper: ChannelControlHelper) {
        super(grpc, runtime, helper);
      }
    },
  };
}

/** Puts a resolver of ours before the one that this copy has for targets without a scheme. */
function servePlainTargets(grpc: Grpc, runtime: Runtime, Own: ResolverClass): void {
  const names = runtime.settings.clusterNames;
  if (names === undefined) return;
  const Foreign = dnsResolverOf(grpc);
  const host = { runtime, names, Own, Foreign };
  const Plain = class extends PlainResolver {
    constructor(target: GrpcUri, listener: ResolverListener, options: ChannelOptions) {
      super(host, target, listener, options);
    }

    /** The application wrote a plain name: calls and certificates keep it. */
    static getDefaultAuthority(target: GrpcUri): string {
      return Foreign.getDefaultAuthority(target);
    }
  };
  grpc.experimental.registerResolver('dns', Plain);
}

/** Puts the classes into the registries of one copy of grpc-js and marks it. */
export function installPlugin(grpc: Grpc, runtime: Runtime): void {
  const { Resolver, Balancer: BalancerType } = createPlugin(grpc, runtime);
  servePlainTargets(grpc, runtime, Resolver);
  for (const scheme of SCHEMES) grpc.experimental.registerResolver(scheme, Resolver);
  grpc.experimental.registerLoadBalancerType(POLICY_NAME, BalancerType, FairleadConfig);
  const before = markCopy(grpc);
  if (before !== null) {
    runtime.log.once(
      `version ${before}`,
      `@fairlead/client ${before} and ${VERSION} are both loaded: ${VERSION} serves new channels; run "npm ls @fairlead/client"`,
    );
  }
}
