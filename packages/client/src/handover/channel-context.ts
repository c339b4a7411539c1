import type { EndpointSet, EndpointSetState } from '@fairlead/discovery';
import type { ChannelOptions, Grpc } from '../grpc.js';

/** What the resolver of a channel has heard so far. */
export interface WatchView {
  readonly set: EndpointSet | null;
  readonly state: EndpointSetState | null;
  /** The policy that its service config names. */
  readonly policy: string;
  /** What it was told of its service config and does not accept; null: nothing. Absent from another version of this package. */
  readonly rejected?: string | null;
}

/** What the resolver of a channel tells the balancer of the same channel. */
export interface ChannelContext {
  /** The target as the user wrote it. */
  readonly target: string;
  /** For inspection; absent from another version of this package. */
  readonly view?: WatchView;
}

/** Below grpc-js's own prefix a resolver attribute does not become a subchannel argument. */
function key(grpc: Grpc): string {
  return `${grpc.experimental.SUBCHANNEL_ARGS_EXCLUDE_KEY_PREFIX}.fairlead`;
}

/** The resolver attributes that carry a context; the caller keeps the object for the life of the channel. */
export function contextAttributes(grpc: Grpc, context: ChannelContext): Record<string, unknown> {
  return { [key(grpc)]: context };
}

function isContext(value: unknown): value is ChannelContext {
  return typeof value === 'object' && value !== null && 'target' in value && typeof value.target === 'string';
}

/** The context of the channel; undefined below a resolver that is not ours. */
export function channelOf(grpc: Grpc, options: ChannelOptions): ChannelContext | undefined {
  const value: unknown = options[key(grpc)];
  return isContext(value) ? value : undefined;
}
