import { PUSH_ORDER, type ResourceType, TYPE_URLS } from '../resource-type.js';
import { hashVersion, type Resource } from '../snapshot/resource.js';
import { textField } from '../wire.js';

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

/** Bodies that hold one resource, which is what a change of endpoints makes: the same for every client. */
const bodies: Readonly<Record<Form, WeakMap<Resource, Buffer>>> = {
  sotw: new WeakMap(),
  delta: new WeakMap(),
};

function bodyOf(form: Form, type: ResourceType, resources: readonly Resource[]): Buffer {
  const [only] = resources;
  if (only === undefined || resources.length > 1) return encodeBody(form, type, resources);
  let body = bodies[form].get(only);
  if (body === undefined) {
    body = encodeBody(form, type, resources);
    bodies[form].set(only, body);
  }
  return body;
}

/** Field 5 with wire type 2. */
const NONCE_TAG = 0x2a;

/** The nonce, a short number in digits, is the only part that is each stream's own. It comes last. */
function withNonce(body: Buffer, nonce: string): Buffer {
  const at = body.length + 2;
  const bytes = Buffer.allocUnsafe(at + nonce.length);
  body.copy(bytes);
  bytes[at - 2] = NONCE_TAG;
  bytes[at - 1] = nonce.length;
  bytes.write(nonce, at, 'latin1');
  return bytes;
}

/** `DiscoveryResponse { version_info = 1; repeated Any resources = 2; type_url = 4; nonce = 5; }`. */
export function encodeSotw(type: ResourceType, nonce: string, resources: readonly Resource[]): Buffer {
  return withNonce(bodyOf('sotw', type, resources), nonce);
}

/** `DeltaDiscoveryResponse { system_version_info = 1; repeated Resource resources = 2; type_url = 4; nonce = 5; }`. */
export function encodeDelta(type: ResourceType, nonce: string, resources: readonly Resource[]): Buffer {
  return withNonce(bodyOf('delta', type, resources), nonce);
}
