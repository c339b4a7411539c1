import { createHash } from 'node:crypto';
import { type ResourceType, TYPE_URLS } from '../resource-type.js';
import { lengthField, textField } from '../wire.js';

/** The bytes of one version of a resource as responses hold them, shared by all clients. */
export interface Resource {
  readonly name: string;
  /** Content hash, so that it is the same in every replica and after a restart. */
  readonly version: string;
  /** Field 2 of a `DiscoveryResponse`: the resource as an Any. */
  readonly sotw: Buffer;
  /** Field 2 of a `DeltaDiscoveryResponse`: a `Resource` with name, version and Any. */
  readonly delta: Buffer;
}

/** 64 bits: enough to tell the versions of one name apart. */
const VERSION_CHARS = 16;

/** A version of whatever these texts or bytes say. */
export function hashVersion(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex').slice(0, VERSION_CHARS);
}

/** Encodes a resource, each form once, when a client of its protocol first asks. */
export function encodeResource(type: ResourceType, name: string, bytes: Uint8Array): Resource {
  const version = hashVersion(bytes);
  const any = (): Buffer[] => [textField(1, TYPE_URLS[type]), lengthField(2, bytes)];
  let sotw: Buffer | undefined;
  let delta: Buffer | undefined;
  return {
    name,
    version,
    get sotw() {
      sotw ??= lengthField(2, ...any());
      return sotw;
    },
    get delta() {
      delta ??= lengthField(2, textField(3, name), textField(1, version), lengthField(2, ...any()));
      return delta;
    },
  };
}
