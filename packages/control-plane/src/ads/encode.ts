import { type ResourceType, TYPE_URLS } from '../resource-type.js';
import { hashVersion, type Resource } from '../snapshot/resource.js';
import { textField } from '../wire.js';

/** One version for a response: that of its only resource, else a hash of all, so that replicas agree. */
function versionOf(resources: readonly Resource[]): string {
  const [only] = resources;
  if (only !== undefined && resources.length === 1) return only.version;
  return hashVersion(...resources.map(({ name, version }) => `${name} ${version}\n`));
}

/** `DiscoveryResponse { version_info = 1; repeated Any resources = 2; type_url = 4; nonce = 5; }`. */
export function encodeSotw(type: ResourceType, nonce: string, resources: readonly Resource[]): Buffer {
  return Buffer.concat([
    textField(1, versionOf(resources)),
    ...resources.map(({ sotw }) => sotw),
    textField(4, TYPE_URLS[type]),
    textField(5, nonce),
  ]);
}

/** `DeltaDiscoveryResponse { system_version_info = 1; repeated Resource resources = 2; type_url = 4; nonce = 5; }`. */
export function encodeDelta(type: ResourceType, nonce: string, resources: readonly Resource[]): Buffer {
  return Buffer.concat([
    textField(1, versionOf(resources)),
    ...resources.map(({ delta }) => delta),
    textField(4, TYPE_URLS[type]),
    textField(5, nonce),
  ]);
}
