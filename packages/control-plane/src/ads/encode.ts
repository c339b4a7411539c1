import { PUSH_ORDER, type ResourceType, TYPE_URLS } from '../resource-type.js';
import { hashVersion, type Resource } from '../snapshot/resource.js';
import { textField } from '../wire.js';

/** One version for a response: that of its only resource, else a hash of all, so that replicas agree. */
function versionOf(resources: readonly Resource[]): string {
  const [only] = resources;
  if (only !== undefined && resources.length === 1) return only.version;
  return hashVersion(...resources.map(({ name, version }) => `${name} ${version}\n`));
}

const typeFields = new Map(PUSH_ORDER.map((type) => [type, textField(4, TYPE_URLS[type])]));

/** `type_url = 4`, of both protocols. */
function typeField(type: ResourceType): Buffer {
  return typeFields.get(type) as Buffer;
}

/** `DiscoveryResponse { version_info = 1; repeated Any resources = 2; type_url = 4; nonce = 5; }`. */
export function encodeSotw(type: ResourceType, nonce: string, resources: readonly Resource[]): Buffer {
  return Buffer.concat([
    textField(1, versionOf(resources)),
    ...resources.map(({ sotw }) => sotw),
    typeField(type),
    textField(5, nonce),
  ]);
}

/** `DeltaDiscoveryResponse { system_version_info = 1; repeated Resource resources = 2; type_url = 4; nonce = 5; }`. */
export function encodeDelta(type: ResourceType, nonce: string, resources: readonly Resource[]): Buffer {
  return Buffer.concat([
    textField(1, versionOf(resources)),
    ...resources.map(({ delta }) => delta),
    typeField(type),
    textField(5, nonce),
  ]);
}
