import { KINDS } from './kinds/index.js';
import type { KindInfo } from './kinds.js';

/** The query parameters of a patch; kubectl looks for `fieldValidation` before it sends one of them. */
const PARAMETERS = ['dryRun', 'fieldManager', 'fieldValidation', 'force'];

/** The version of Kubernetes whose API this server speaks. */
const API_VERSION = 'v1.36.0';

/**
 * The answer to `GET /openapi/v2`: an empty document in protobuf, the only form that clients read. They look here for
 * kinds that they did not find in version 3, and find them here neither.
 */
export const OPENAPI_V2 = {
  code: 200,
  contentType: 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
  // swagger = 1, info = 2 {title = 1, version = 2}, paths = 8: all bytes are below 128.
  body: field(1, '2.0') + field(2, field(1, 'Kubernetes') + field(2, API_VERSION)) + field(8, ''),
};

/** A length-delimited field of protobuf with up to 127 bytes of ASCII. */
function field(number: number, value: string): string {
  return String.fromCharCode((number << 3) | 2, value.length) + value;
}

/**
 * The answer to `GET /openapi/v3`: where the description of each group version stands. The hash in the address makes
 * clients keep it for as long as the API does not change.
 */
export function openapiIndex(): Record<string, unknown> {
  const groups = new Map(KINDS.map(({ group, version }) => [groupPath(group, version), true]));
  const paths = [...groups.keys()].map((path) => [
    path,
    { serverRelativeURL: `/openapi/v3/${path}?hash=${API_VERSION}` },
  ]);
  return { paths: Object.fromEntries(paths) };
}

/**
 * The answer to `GET /openapi/v3/apis/GROUP/VERSION`, undefined for a group version that is not served. It lists what
 * kubectl reads before it writes: which kinds can be patched and that they take `fieldValidation`. Request bodies are
 * left out on purpose: kubectl then takes merge keys from its own types instead of from schemas that are not here.
 */
export function openapiGroup(group: string, version: string): Record<string, unknown> | undefined {
  const kinds = KINDS.filter((info) => info.group === group && info.version === version);
  if (kinds.length === 0) return undefined;
  const patched = kinds.filter((info) => info.verbs.includes('patch'));
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: API_VERSION },
    paths: Object.fromEntries(patched.map((info) => [objectPath(info), { patch: patchOperation(info) }])),
    components: { schemas: {} },
  };
}

function patchOperation({ group, version, kind }: KindInfo): Record<string, unknown> {
  return {
    'x-kubernetes-action': 'patch',
    'x-kubernetes-group-version-kind': { group, version, kind },
    parameters: PARAMETERS.map((name) => ({ name, in: 'query', schema: { type: 'string' } })),
    responses: { 200: { description: 'OK' } },
  };
}

function objectPath({ group, version, resource, namespaced }: KindInfo): string {
  const namespace = namespaced ? '/namespaces/{namespace}' : '';
  return `/${groupPath(group, version)}${namespace}/${resource}/{name}`;
}

function groupPath(group: string, version: string): string {
  return group === '' ? `api/${version}` : `apis/${group}/${version}`;
}
