import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
  DiscoveryRequestSchema,
  DiscoveryResponseSchema,
} from '../../src/gen/envoy/service/discovery/v3/discovery_pb.js';
import { HEADER_BYTES } from '../../src/grpc/frame.js';
import { isFullState, PUSH_ORDER, type ResourceType, TYPE_URLS } from '../../src/resource-type.js';
import { hashVersion } from '../../src/snapshot/resource.js';
import { ScriptedCall } from './scripted-call.js';

const SERVICE = '/envoy.service.discovery.v3.AggregatedDiscoveryService';

/** A response as a client reads it. */
interface Read {
  readonly type: ResourceType;
  readonly nonce: string;
  /** Name to version. */
  readonly resources: ReadonlyMap<string, string>;
}

/** Which name stands in a resource of the state of the world, which has none beside it. */
export type NameOf = (type: ResourceType, version: string) => string;

/** A client as the protocols describe it. It keeps what it has over reconnects, and answers when it is told to. */
export class XdsClient {
  readonly protocol: 'sotw' | 'delta';
  readonly path: string;
  /** What it asks for, by type; `*` is the wildcard. */
  readonly wanted = new Map<ResourceType, readonly string[]>();
  /** What it holds, by type: name to version. */
  readonly held = new Map<ResourceType, Map<string, string>>(PUSH_ORDER.map((type) => [type, new Map()]));
  /** Every response that it took. */
  onRead: (read: Read) => void = () => {};
  readonly #nameOf: NameOf;
  #call = new ScriptedCall('10.0.0.1:1');
  readonly #nonces = new Map<ResourceType, string>();
  readonly #everNonces = new Set<string>();
  /** Types of which it was sent a request on this stream. */
  readonly #asked = new Set<ResourceType>();

  constructor(protocol: 'sotw' | 'delta', nameOf: NameOf) {
    this.protocol = protocol;
    this.#nameOf = nameOf;
    const method = protocol === 'sotw' ? 'StreamAggregatedResources' : 'DeltaAggregatedResources';
    this.path = `${SERVICE}/${method}`;
  }

  get call(): ScriptedCall {
    return this.#call;
  }

  /** Asks for all that it wants on a new stream, which is admitted. */
  connect(call: ScriptedCall): void {
    this.#call.close();
    this.#call = call;
    this.#nonces.clear();
    this.#everNonces.clear();
    this.#asked.clear();
  }

  /** Sends the first requests of its stream. */
  begin(): void {
    for (const [type, names] of this.wanted) this.#ask(type, { names, before: [] });
  }

  want(type: ResourceType, names: readonly string[]): void {
    const before = this.wanted.get(type) ?? [];
    this.wanted.set(type, names);
    const held = this.held.get(type) as Map<string, string>;
    // What it does not want any more it drops.
    for (const name of [...held.keys()]) if (!this.#wants(type, name)) held.delete(name);
    this.#ask(type, { names, before });
  }

  /** Takes the oldest response that is on its way; false when there is none. */
  receive(): boolean {
    const frame = this.#call.frames.shift();
    if (frame === undefined) return false;
    const read = this.#read(frame.subarray(HEADER_BYTES));
    if (this.#everNonces.has(read.nonce)) throw new Error(`nonce ${read.nonce} came twice on one stream`);
    this.#everNonces.add(read.nonce);
    this.#nonces.set(read.type, read.nonce);
    const held = this.held.get(read.type) as Map<string, string>;
    // "Absence means deletion": of listeners and clusters all must be there.
    if (this.protocol === 'sotw' && isFullState(read.type)) held.clear();
    for (const [name, version] of read.resources) if (this.#wants(read.type, name)) held.set(name, version);
    this.onRead(read);
    return true;
  }

  /** Answers the last response of a type. */
  answer(type: ResourceType, refuse: boolean): void {
    const nonce = this.#nonces.get(type);
    if (nonce === undefined || !this.#asked.has(type)) return;
    const errorDetail = refuse ? { code: 3, message: 'no' } : undefined;
    const typeUrl = TYPE_URLS[type];
    if (this.protocol === 'delta') {
      const request = { typeUrl, responseNonce: nonce, ...(errorDetail && { errorDetail }) };
      this.#call.send(toBinary(DeltaDiscoveryRequestSchema, create(DeltaDiscoveryRequestSchema, request)));
    } else this.#askWorld(type, errorDetail);
  }

  #wants(type: ResourceType, name: string): boolean {
    const names = this.wanted.get(type) ?? [];
    return names.includes(name) || names.includes('*');
  }

  #ask(
    type: ResourceType,
    { names, before }: { readonly names: readonly string[]; readonly before: readonly string[] },
  ): void {
    const isFirst = !this.#asked.has(type);
    // A first request without names would be a wildcard.
    if (isFirst && names.length === 0) return;
    this.#asked.add(type);
    if (this.protocol === 'sotw') {
      this.#askWorld(type);
      return;
    }
    const request = create(DeltaDiscoveryRequestSchema, {
      typeUrl: TYPE_URLS[type],
      resourceNamesSubscribe: names.filter((name) => isFirst || !before.includes(name)),
      resourceNamesUnsubscribe: isFirst ? [] : before.filter((name) => !names.includes(name)),
      ...(isFirst && { initialResourceVersions: Object.fromEntries(this.held.get(type) ?? []) }),
    });
    this.#call.send(toBinary(DeltaDiscoveryRequestSchema, request));
  }

  #askWorld(type: ResourceType, errorDetail?: { readonly code: number; readonly message: string }): void {
    const request = create(DiscoveryRequestSchema, {
      typeUrl: TYPE_URLS[type],
      resourceNames: [...(this.wanted.get(type) ?? [])],
      responseNonce: this.#nonces.get(type) ?? '',
      ...(errorDetail && { errorDetail }),
    });
    this.#call.send(toBinary(DiscoveryRequestSchema, request));
  }

  #read(bytes: Buffer): Read {
    const typed = (url: string) => PUSH_ORDER.find((type) => TYPE_URLS[type] === url) as ResourceType;
    if (this.protocol === 'delta') {
      const { typeUrl, nonce, resources } = fromBinary(DeltaDiscoveryResponseSchema, bytes);
      const entries = resources.map(({ name, version }) => [name, version] as const);
      return { type: typed(typeUrl), nonce, resources: new Map(entries) };
    }
    const { typeUrl, nonce, resources } = fromBinary(DiscoveryResponseSchema, bytes);
    const type = typed(typeUrl);
    const versions = resources.map(({ value }) => hashVersion(value));
    return { type, nonce, resources: new Map(versions.map((each) => [this.#nameOf(type, each), each])) };
  }
}
