import type { ResourceType } from '../resource-type.js';
import type { SnapshotReader } from '../snapshot/snapshot.js';

/** Told which names the clients of a control plane ask for: those are worth watching. */
export interface Interests {
  /** One more stream asks for it. */
  add(type: ResourceType, name: string): void;
  /** One stream less asks for it. */
  remove(type: ResourceType, name: string): void;
}

/** A client refused what it was sent, and goes on with what it had. */
export interface Nack {
  readonly type: ResourceType;
  /** What it is about: those of the refused response that the text names, else all of it. Empty for an old response. */
  readonly names: readonly string[];
  /** The client's own words. */
  readonly text: string;
}

/** A client took over what it was sent. */
export interface Accepted {
  readonly type: ResourceType;
  readonly names: readonly string[];
}

/** What a request led to, besides a change of subscriptions. */
export interface Outcome {
  readonly nack?: Nack;
  /** A response that was accepted. */
  readonly accepted?: Accepted;
  /** The stream has to end, and why: it asks for more than it may. */
  readonly refused?: string;
}

/** What a client was sent of one type. */
export interface Held {
  readonly type: ResourceType;
  /** Of each name, the last one. */
  readonly versions: ReadonlyMap<string, string>;
  /** It accepted the last response. */
  readonly accepted: boolean;
  readonly wildcard: boolean;
}

/** A response, to be sent as it is. */
export interface Response {
  readonly type: ResourceType;
  readonly nonce: string;
  readonly names: readonly string[];
  /** The message with gRPC's header before it. Not to be changed: other streams get it, too. */
  readonly frame: Buffer;
}

export interface SessionOptions {
  readonly snapshot: SnapshotReader;
  readonly interests: Interests;
  /** A stream may ask for so many names of one type. */
  readonly maxNames: number;
}

/**
 * What one stream asked for, was sent and answered: the rules of one protocol, without a wire and without time. It keeps
 * names and versions, never a response: what is sent is the newest there is when the client takes it.
 */
export interface Session<Request> {
  /** Takes a request in. It never throws, whatever the request is. */
  request(request: Request): Outcome;
  /** Names of a type changed, or became known not to exist. */
  changed(type: ResourceType, names: Iterable<string>): void;
  /** Whether there may be something to say about a type. */
  isDirty(type: ResourceType): boolean;
  /** The next response of a type; undefined when there is nothing to say, or not yet. */
  next(type: ResourceType): Response | undefined;
  /** What the client was sent last, by type. */
  held(): readonly Held[];
  /** Clients that keep their old endpoints when they are told that there are none get one that refuses instead. */
  useRefusing(): void;
  /** Gives up all subscriptions. */
  close(): void;
}

/** What a session was sent of the type of a subscription. */
export function heldOf({ type, versions, wildcard }: Omit<Held, 'accepted'>, accepted: boolean): Held {
  return { type, versions, wildcard, accepted };
}

/** A name longer than this is no target's: service, namespace and domain have at most 400 characters together. */
const MOST_NAME = 1_000;

/** Why a stream may not have so many names of a type, or one of these; undefined when it may. They are kept as they are. */
export function refusalOf(
  type: ResourceType,
  names: Iterable<string>,
  { count, maxNames }: { readonly count: number; readonly maxNames: number },
): string | undefined {
  if (count > maxNames) return `${count} names of type ${type}: at most ${maxNames} are accepted`;
  for (const { length } of names) {
    if (length > MOST_NAME) return `a name of ${length} characters: at most ${MOST_NAME} are accepted`;
  }
  return undefined;
}

/** A text of a client is kept and logged to this length. */
const MOST_TEXT = 1_000;
/** Names are looked for in so much of it: each takes a pass over the text. */
const MOST_SEARCHED = 10_000;

/** Makes a `Nack` of what a client says of a response with these names. */
export function nackOf(type: ResourceType, names: readonly string[], text: string): Nack {
  const searched = text.slice(0, MOST_SEARCHED);
  const meant = names.filter((name) => searched.includes(name));
  return { type, names: meant.length > 0 ? meant : names, text: text.slice(0, MOST_TEXT) };
}
