import { createHash } from 'node:crypto';
import { KUBERNETES_VERSION } from '../../kubernetes-version.js';
import { SERVED_KINDS } from '../kinds/index.js';
import { PATCH_TYPES } from '../patch/index.js';
import { type Dialect, definitions, listDefinition, reference, type Schema } from './definitions.js';
import { definedKinds, definitionName, type Gvk, messageNameOf, PATCH } from './names.js';
import { groupPath, type Operation, type PathItem, pathsOf } from './paths.js';

const DIALECT: Dialect = { prefix: '#/components/schemas/', wrapped: true, alternatives: true };
const BODY_TYPES = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];

/** The description of one group version. */
export interface GroupDocument {
  readonly body: string;
  /** Of the body: the address that the index gives holds it, so that clients may keep what they read there. */
  readonly hash: string;
}

let documents: ReadonlyMap<string, GroupDocument> | undefined;

/** The answer to `GET /openapi/v3`: where the description of each group version stands. */
export function openapiIndex(): Record<string, unknown> {
  const paths = [...allDocuments()].map(([path, { hash }]) => [
    path,
    { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` },
  ]);
  return { paths: Object.fromEntries(paths) };
}

/** The description of `api/v1` or `apis/GROUP/VERSION` in OpenAPI 3.0; undefined when that is not served. */
export function openapiGroup(path: string): GroupDocument | undefined {
  return allDocuments().get(path);
}

/** Made once: kinds do not change while the server runs. */
function allDocuments(): ReadonlyMap<string, GroupDocument> {
  documents ??= new Map([...new Set(SERVED_KINDS.map(groupPath))].map((path) => [path, documentOf(path)]));
  return documents;
}

function documentOf(path: string): GroupDocument {
  const kinds = SERVED_KINDS.filter((info) => groupPath(info) === path);
  const items = kinds.flatMap(pathsOf);
  const shown = new Set(items.flatMap(({ operations }) => operations.map(({ gvk }) => keyOf(gvk))));
  const defined = definedKinds().filter((gvk) => shown.has(keyOf(gvk)));
  const lists = kinds
    .filter(({ verbs }) => verbs.includes('list'))
    .filter((kind) => isDefined(kind, defined));
  const schemas = Object.assign(
    definitions(defined, DIALECT),
    ...lists.map(({ group, version, kind }) => listDefinition({ group, version, kind }, DIALECT)),
  );
  const body = JSON.stringify({
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: KUBERNETES_VERSION },
    paths: Object.fromEntries(items.map((item) => [item.path, pathItem(item, defined)])),
    components: { schemas },
  });
  return { body, hash: createHash('sha256').update(body).digest('hex').toUpperCase() };
}

function keyOf({ group, version, kind }: Gvk): string {
  return `${group}/${version}/${kind}`;
}

function isDefined(gvk: Gvk, defined: readonly Gvk[]): boolean {
  return defined.some((each) => keyOf(each) === keyOf(gvk));
}

function pathItem({ parameters, operations }: PathItem, defined: readonly Gvk[]): Record<string, unknown> {
  return {
    ...Object.fromEntries(operations.map((each) => [each.method, operationObject(each, defined)])),
    parameters: parameters.map((name) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string', uniqueItems: true },
    })),
  };
}

function operationObject(operation: Operation, defined: readonly Gvk[]): Record<string, unknown> {
  const { action, id, gvk, list, method, query } = operation;
  const name = `${definitionName(messageNameOf(gvk))}${list ? 'List' : ''}`;
  const schema: Schema = isDefined(gvk, defined) ? reference(name, DIALECT) : {};
  return {
    operationId: id,
    ...requestBody(method, schema),
    parameters: query.map((each) => ({
      name: each,
      in: 'query',
      schema: { type: 'string', uniqueItems: true },
    })),
    responses: { 200: { description: 'OK', content: contents(['application/json'], schema) } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvk,
  };
}

function requestBody(method: Operation['method'], schema: Schema): { requestBody?: object } {
  if (method === 'patch') {
    return { requestBody: { content: contents(PATCH_TYPES, reference(PATCH, DIALECT)), required: true } };
  }
  if (method !== 'post' && method !== 'put') return {};
  return { requestBody: { content: contents(BODY_TYPES, schema), required: true } };
}

function contents(types: readonly string[], schema: Schema): Record<string, { schema: Schema }> {
  return Object.fromEntries(types.map((type) => [type, { schema }]));
}
