import { HEADER_BYTES, writeHeader } from '../grpc/frame.js';
import { PUSH_ORDER, type ResourceType, TYPE_URLS } from '../resource-type.js';
import { hashVersion, type Resource } from '../snapshot/resource.js';
import { textField } from '../wire.js';
import type { Response } from './session.js';

/** How a protocol writes one resource. */
type Form = 'sotw' | 'delta';

/** One version for a response: that of its only resource, else a hash of all, so that replicas agree. */
function versionOf(resources: readonly Resource[]): string {
  const [only] = resources;
  if (only !== undefined && resources.length === 1) return only.version;
  return hashVersion(...resources.map(({ name, version }) => `${name} ${version}\n`));
}

const typeFields = new Map(PUSH_ORDER.map((type) => [type, textField(4, TYPE_URLS[type])]));

/** All of a response but its nonce. */
function encodeBody(form: Form, type: ResourceType, resources: readonly Resource[]): Buffer {
  return Buffer.concat([
    textField(1, versionOf(resources)),
    ...resources.map((resource) => resource[form]),
    typeFields.get(type) as Buffer,
  ]);
}

/** Field 5 with wire type 2; a nonce is short text of ASCII. */
const NONCE_TAG = 0x2a;

/** A response as gRPC writes it. The nonce comes last: it alone may be a stream's own. */
function frameOf(body: Buffer, nonce: string): Buffer {
  const end = HEADER_BYTES + body.length;
  const frame = Buffer.allocUnsafe(end + 2 + nonce.length);
  writeHeader(frame, frame.length - HEADER_BYTES);
  body.copy(frame, HEADER_BYTES);
  frame[end] = NONCE_TAG;
  frame[end + 1] = nonce.length;
  frame.write(nonce, end + 2, 'latin1');
  return frame;
}

/** A response without the one who gets it. */
export type Encoded = Pick<Response, 'nonce' | 'names' | 'frame'>;

/** A response with one resource, which is what a change of endpoints makes: every client gets the same bytes. */
interface Shared extends Encoded {
  /** Grows with every shared response of this process. */
  readonly serial: number;
}

const shared: Readonly<Record<Form, WeakMap<Resource, Shared>>> = {
  sotw: new WeakMap(),
  delta: new WeakMap(),
};
let serials = 0;

function sharedOf(form: Form, type: ResourceType, resource: Resource): Shared {
  const known = shared[form].get(resource);
  if (known !== undefined) return known;
  serials += 1;
  const nonce = `v${serials}`;
  const frame = frameOf(encodeBody(form, type, [resource]), nonce);
  const made = { serial: serials, nonce, names: [resource.name], frame };
  shared[form].set(resource, made);
  return made;
}

/**
 * Encodes what one stream is told. `DiscoveryResponse { version_info = 1; repeated Any resources = 2; type_url = 4;
 * nonce = 5; }`, and `DeltaDiscoveryResponse { system_version_info = 1; repeated Resource resources = 2; … }`, alike.
 *
 * A nonce must not come twice on a stream. That of a shared response is as old as its bytes, so a stream takes them only
 * if they are newer than all shared ones before; else it gets a copy with a nonce of its own.
 */
export class StreamEncoder {
  readonly #form: Form;
  #lastSerial = 0;
  #ownNonces = 0;

  constructor(form: Form) {
    this.#form = form;
  }

  encode(type: ResourceType, resources: readonly Resource[]): Encoded {
    const [only] = resources;
    if (only !== undefined && resources.length === 1) {
      const response = sharedOf(this.#form, type, only);
      if (response.serial > this.#lastSerial) {
        this.#lastSerial = response.serial;
        return response;
      }
    }
    this.#ownNonces += 1;
    const nonce = String(this.#ownNonces);
    const names = resources.map(({ name }) => name);
    return { nonce, names, frame: frameOf(encodeBody(this.#form, type, resources), nonce) };
  }
}
