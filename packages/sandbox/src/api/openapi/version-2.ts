import { KUBERNETES_VERSION } from '../../kubernetes-version.js';
import { SERVED_KINDS } from '../kinds/index.js';
import { type Dialect, definitions, type Schema } from './definitions.js';
import { definedKinds } from './names.js';
import { type Operation, type PathItem, pathsOf } from './paths.js';
import { bytesField, flagField, textField } from './protobuf-writer.js';

/** The media type that clients ask for; upstream answers with the second form of it. */
export const OPENAPI_V2_PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

const DIALECT: Dialect = { prefix: '#/definitions/', wrapped: false, alternatives: false };

let protobuf: Buffer | undefined;
let json: object | undefined;

/** The answer to `GET /openapi/v2`: the definitions and operations of all kinds in OpenAPI 2.0 (Swagger). */
export function openapiV2Json(): object {
  json ??= {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: KUBERNETES_VERSION },
    paths: Object.fromEntries(allPaths().map((item) => [item.path, jsonItem(item)])),
    definitions: allDefinitions(),
  };
  return json;
}

/** The same as gnostic's protobuf messages (`openapi.v2.Document`), the only form that kubectl reads. */
export function openapiV2Protobuf(): Buffer {
  protobuf ??= Buffer.concat([
    textField(1, '2.0'),
    bytesField(2, textField(1, 'Kubernetes'), textField(2, KUBERNETES_VERSION)),
    bytesField(
      8,
      ...allPaths().map((item) => bytesField(2, textField(1, item.path), bytesField(2, ...itemFields(item)))),
    ),
    bytesField(9, ...Object.entries(allDefinitions()).map(namedSchema)),
  ]);
  return protobuf;
}

function allDefinitions(): Record<string, Schema> {
  return definitions(definedKinds(), DIALECT);
}

function allPaths(): PathItem[] {
  return SERVED_KINDS.flatMap(pathsOf);
}

function jsonItem({ operations, parameters }: PathItem): Record<string, unknown> {
  return {
    ...Object.fromEntries(
      operations.map(({ method, id, action, gvk, query }) => [
        method,
        {
          operationId: id,
          parameters: query.map((name) => ({ name, in: 'query', type: 'string' })),
          responses: { 200: { description: 'OK' } },
          'x-kubernetes-action': action,
          'x-kubernetes-group-version-kind': gvk,
        },
      ]),
    ),
    parameters: parameters.map((name) => ({ name, in: 'path', required: true, type: 'string' })),
  };
}

/** Numbers of the operations in `PathItem`. */
const METHODS: Readonly<Record<Operation['method'], number>> = {
  get: 2,
  put: 3,
  post: 4,
  delete: 5,
  patch: 8,
};

function itemFields({ operations, parameters }: PathItem): Buffer[] {
  return [
    ...operations.map((operation) => bytesField(METHODS[operation.method], ...operationFields(operation))),
    ...parameters.map((name) => bytesField(9, bytesField(1, pathParameter(name)))),
  ];
}

function operationFields({ id, action, gvk, query }: Operation): Buffer[] {
  return [
    textField(5, id),
    ...query.map((name) => bytesField(8, bytesField(1, queryParameter(name)))),
    bytesField(13, ...anyFields('x-kubernetes-action', action)),
    bytesField(13, ...anyFields('x-kubernetes-group-version-kind', gvk)),
  ];
}

/** `Parameter.non_body_parameter.query_parameter_sub_schema`. */
function queryParameter(name: string): Buffer {
  return bytesField(2, bytesField(3, textField(2, 'query'), textField(4, name), textField(6, 'string')));
}

/** `Parameter.non_body_parameter.path_parameter_sub_schema`. */
function pathParameter(name: string): Buffer {
  return bytesField(
    2,
    bytesField(4, flagField(1), textField(2, 'path'), textField(4, name), textField(5, 'string')),
  );
}

function namedSchema([name, schema]: [string, Schema]): Buffer {
  return bytesField(1, textField(1, name), bytesField(2, ...schemaFields(schema)));
}

function schemaFields(schema: Schema): Buffer[] {
  const { $ref, format, description, required, additionalProperties, type, items, properties } = schema;
  const extensions = Object.entries(schema).filter(([key]) => key.startsWith('x-'));
  return [
    ...($ref === undefined ? [] : [textField(1, $ref)]),
    ...(format === undefined ? [] : [textField(2, format)]),
    ...(description === undefined ? [] : [textField(4, description)]),
    ...(schema.default === undefined ? [] : [bytesField(5, textField(2, JSON.stringify(schema.default)))]),
    ...(required ?? []).map((name) => textField(19, name)),
    ...(additionalProperties ? [bytesField(21, bytesField(1, ...schemaFields(additionalProperties)))] : []),
    ...(type === undefined ? [] : [bytesField(22, textField(1, type))]),
    ...(items ? [bytesField(23, bytesField(1, ...schemaFields(items)))] : []),
    ...(properties ? [bytesField(25, ...Object.entries(properties).map(namedSchema))] : []),
    ...extensions.map(([key, value]) => bytesField(31, ...anyFields(key, value))),
  ];
}

/** `NamedAny`: the value is YAML, of which JSON is a part. */
function anyFields(name: string, value: unknown): Buffer[] {
  return [textField(1, name), bytesField(2, textField(2, JSON.stringify(value)))];
}
