import type { EndpointSet, EndpointSetState } from '@fairlead/discovery';
import type { ChannelContext, WatchView } from '../handover/channel-context.js';
import { VERSION } from '../version.js';
import type {
  ChannelEndpoint,
  ChannelInspection,
  ChannelsInspection,
  EndpointSetInspection,
} from './inspection.js';

/** A balancer as it is inspected. */
export interface InspectedBalancer {
  /** Of the channel that it serves; undefined below a resolver that is not ours. */
  readonly context: ChannelContext | undefined;
  inspect(): Omit<ChannelInspection, 'target' | 'endpointSet'>;
}

const NO_CONNECTION = { idle: 0, connecting: 0, ready: 0, failed: 0 };
/** What only a balancer of ours knows. */
const UNKNOWN = {
  why: null,
  connection: null,
  worth: null,
  inFlight: null,
  streams: null,
  failing: null,
  ejection: null,
  report: null,
  reportStreamMs: null,
};

/** The channels of this process that are neither closed nor idle: what `inspectChannels()` tells of. */
export class OpenChannels {
  readonly balancers = new Set<InspectedBalancer>();
  /** Of the resolvers that watch. */
  readonly contexts = new Set<ChannelContext>();
  private readonly now: () => number;

  /** `now` is the time that sets and states carry. */
  constructor(now: () => number) {
    this.now = now;
  }

  inspect(): ChannelsInspection {
    const served = new Set<ChannelContext>();
    const channels: ChannelInspection[] = [];
    for (const balancer of this.balancers) {
      const { context } = balancer;
      if (context !== undefined) served.add(context);
      const view = context?.view;
      channels.push({
        target: context?.target ?? '',
        endpointSet: view === undefined ? null : this.describeSet(view),
        ...balancer.inspect(),
      });
    }
    for (const context of this.contexts) {
      const { target, view } = context;
      if (view !== undefined && !served.has(context)) channels.push(this.withoutBalancer(target, view));
    }
    return { version: 1, client: VERSION, atMs: this.now(), channels };
  }

  /** Nothing was heard of the endpoints yet, or a policy of grpc-js decides. */
  private withoutBalancer(target: string, view: WatchView): ChannelInspection {
    return {
      target,
      state: null,
      policy: { name: view.policy, basis: null, config: null, rejected: view.rejected ?? null },
      endpointSet: this.describeSet(view),
      connections: NO_CONNECTION,
      failure: null,
      endpoints: (view.set?.endpoints ?? []).map((endpoint) => ({ ...identityOf(endpoint), ...UNKNOWN })),
    };
  }

  private describeSet({ set, state }: WatchView): EndpointSetInspection {
    return {
      ...describeState(state),
      source: set?.source ?? null,
      version: set?.version ?? null,
      lastChange:
        set === null
          ? null
          : {
              reason: set.reason,
              atMs: set.changedAtMs,
              ageMs: Math.max(0, this.now() - set.changedAtMs),
              lateMs: set.ageMs ?? null,
            },
    };
  }
}

function describeState(
  state: EndpointSetState | null,
): Pick<EndpointSetInspection, 'state' | 'sinceMs' | 'cause'> {
  if (state === null) return { state: 'unknown', sinceMs: null, cause: null };
  if (state.kind === 'live') return { state: 'live', sinceMs: null, cause: null };
  return { state: state.kind, sinceMs: state.sinceMs, cause: state.cause.message };
}

type Named = Partial<Pick<EndpointSet['endpoints'][number], 'pod' | 'node' | 'zone'>>;

/** What an endpoint is called. */
export function identityOf({
  key,
  pod,
  node,
  zone,
}: Named & { readonly key: string }): Pick<ChannelEndpoint, 'key' | 'pod' | 'node' | 'zone'> {
  return { key, pod: pod ?? null, node: node ?? null, zone: zone ?? null };
}
