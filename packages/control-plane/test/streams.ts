import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  type ChannelCredentials,
  Client,
  type ClientDuplexStream,
  credentials,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import {
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
  DiscoveryRequestSchema,
  type DiscoveryResponse,
  DiscoveryResponseSchema,
} from '../src/gen/envoy/service/discovery/v3/discovery_pb.js';
import { type ResourceType, TYPE_URLS } from '../src/resource-type.js';

const SERVICE = '/envoy.service.discovery.v3.AggregatedDiscoveryService';

/** Waits for a condition; says which one did not come. */
export async function until(what: string, condition: () => boolean, ms = 20_000): Promise<void> {
  const deadline = Date.now() + ms;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`did not happen within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const raw = (bytes: Buffer): Buffer => bytes;

/** How a client shows who it is. */
export interface Shown {
  readonly channel?: ChannelCredentials;
  readonly token?: string;
}

/** A stream as a client sees it, byte for byte. */
export class RawStream {
  readonly responses: DiscoveryResponse[] = [];
  /** How it ended: `code text`; undefined while it goes on. */
  ended: string | undefined;
  readonly #client: Client;
  readonly #call: ClientDuplexStream<Buffer, Buffer>;
  readonly #protocol: 'sotw' | 'delta';

  /** `at`: a port of this machine, or an address. */
  constructor(at: number | string, protocol: 'sotw' | 'delta', { channel, token }: Shown = {}) {
    this.#protocol = protocol;
    this.#client = new Client(
      typeof at === 'number' ? `127.0.0.1:${at}` : at,
      channel ?? credentials.createInsecure(),
      {
        'grpc.enable_http_proxy': 0,
        'grpc.use_local_subchannel_pool': 1,
      },
    );
    const method = protocol === 'sotw' ? 'StreamAggregatedResources' : 'DeltaAggregatedResources';
    const metadata = new Metadata();
    if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
    this.#call = this.#client.makeBidiStreamRequest(`${SERVICE}/${method}`, raw, raw, metadata);
    this.#call.on('data', (bytes: Buffer) => this.responses.push(this.#read(bytes)));
    this.#call.on('error', ({ code, details }: ServiceError) => {
      this.ended = `${code} ${details}`;
    });
    this.#call.on('end', () => {
      this.ended ??= 'end';
    });
  }

  #read(bytes: Buffer): DiscoveryResponse {
    if (this.#protocol === 'sotw') return fromBinary(DiscoveryResponseSchema, bytes);
    const { typeUrl, nonce, resources } = fromBinary(DeltaDiscoveryResponseSchema, bytes);
    const packed = resources.flatMap(({ resource }) => (resource === undefined ? [] : [resource]));
    return create(DiscoveryResponseSchema, { typeUrl, nonce, resources: packed });
  }

  /** The nonce of the last response. */
  get nonce(): string {
    return this.responses.at(-1)?.nonce ?? '';
  }

  ask(type: ResourceType | 'other', names: readonly string[], nonce = ''): void {
    const typeUrl =
      type === 'other' ? 'type.googleapis.com/envoy.service.runtime.v3.Runtime' : TYPE_URLS[type];
    const node = { id: 'raw' };
    this.write(
      this.#protocol === 'sotw'
        ? toBinary(
            DiscoveryRequestSchema,
            create(DiscoveryRequestSchema, {
              typeUrl,
              node,
              resourceNames: [...names],
              responseNonce: nonce,
            }),
          )
        : toBinary(
            DeltaDiscoveryRequestSchema,
            create(DeltaDiscoveryRequestSchema, {
              typeUrl,
              node,
              resourceNamesSubscribe: [...names],
              responseNonce: nonce,
            }),
          ),
    );
  }

  /** Refuses a response. */
  refuse(type: ResourceType, names: string[], { nonce, text }: { nonce: string; text: string }): void {
    const fields = { typeUrl: TYPE_URLS[type], resourceNames: names, responseNonce: nonce };
    const request = create(DiscoveryRequestSchema, { ...fields, errorDetail: { code: 3, message: text } });
    this.write(toBinary(DiscoveryRequestSchema, request));
  }

  write(bytes: Uint8Array): void {
    this.#call.write(Buffer.from(bytes));
  }

  /** Takes no further responses, as a client that hangs. */
  pause(): void {
    this.#call.pause();
  }

  resume(): void {
    this.#call.resume();
  }

  close(): void {
    this.#call.cancel();
    this.#client.close();
  }
}
