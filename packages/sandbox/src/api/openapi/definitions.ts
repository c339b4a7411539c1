import { type Field, type Message, messageByName, type ScalarType } from '../protobuf/messages.js';
import { descriptionOf } from './descriptions.js';
import {
  definedKinds,
  definitionName,
  type Gvk,
  LIST_META,
  messageNameOf,
  PATCH,
  scalarName,
} from './names.js';

/** A JSON schema as OpenAPI has it. */
export interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly default?: unknown;
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly [extension: `x-kubernetes-${string}`]: unknown;
}

/** Where a document keeps its definitions: references differ between the versions of OpenAPI. */
export interface Dialect {
  /** What stands before the name of a definition in a reference. */
  readonly prefix: string;
  /** A reference that has siblings: version 3.0 ignores those beside `$ref`. */
  readonly wrapped: boolean;
  /** Version 2 has no alternatives: an int-or-string is a string there. */
  readonly alternatives: boolean;
}

const PLAIN: Readonly<Partial<Record<ScalarType, Schema>>> = {
  str: { type: 'string' },
  int: { type: 'integer', format: 'int32' },
  long: { type: 'integer', format: 'int64' },
  bool: { type: 'boolean' },
  bytes: { type: 'string', format: 'byte' },
  extra: { type: 'array', items: { type: 'string' } },
};

const TYPE_META: Readonly<Record<string, Schema>> = {
  apiVersion: {
    type: 'string',
    description: 'The group and version of the kind, `apps/v1`; `v1` for the core group.',
  },
  kind: { type: 'string', description: 'The name of the kind, in CamelCase.' },
};

/** Every definition that the kinds need, by name. */
export function definitions(kinds: readonly Gvk[], dialect: Dialect): Record<string, Schema> {
  const found = new Map<string, Schema>();
  for (const kind of kinds) define(messageNameOf(kind), { found, dialect, kinds: kindsByMessage() });
  found.set(PATCH, { type: 'object', description: 'A patch, in the form that its media type says.' });
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The definition of the list of a kind. */
export function listDefinition(gvk: Gvk, dialect: Dialect): Record<string, Schema> {
  const name = definitionName(messageNameOf(gvk));
  const item = reference(name, dialect);
  return {
    [`${name}List`]: {
      type: 'object',
      description: `A list of objects of kind ${gvk.kind}.`,
      properties: {
        ...TYPE_META,
        items: { type: 'array', items: item },
        metadata: reference(LIST_META, dialect),
      },
      required: ['items'],
      'x-kubernetes-group-version-kind': [{ ...gvk, kind: `${gvk.kind}List` }],
    },
    [LIST_META]: {
      type: 'object',
      description: 'Metadata of lists.',
      properties: {
        continue: { type: 'string', description: 'Where the next page starts; empty on the last one.' },
        remainingItemCount: {
          ...PLAIN.long,
          description: 'How many objects follow this page, if that is known.',
        },
        resourceVersion: { type: 'string', description: 'The version of the list; a watch goes on from it.' },
        selfLink: { type: 'string' },
      },
    },
  };
}

interface Scope {
  readonly found: Map<string, Schema>;
  readonly dialect: Dialect;
  readonly kinds: ReadonlyMap<string, readonly Gvk[]>;
}

function kindsByMessage(): Map<string, Gvk[]> {
  const result = new Map<string, Gvk[]>();
  for (const gvk of definedKinds()) {
    const name = messageNameOf(gvk);
    result.set(name, [...(result.get(name) ?? []), gvk]);
  }
  return result;
}

function define(name: string, scope: Scope): void {
  const key = definitionName(name);
  if (scope.found.has(key)) return;
  const message = messageByName(name);
  const gvks = scope.kinds.get(name);
  // Before its fields: messages may refer to each other.
  scope.found.set(key, {});
  const fields = [...message.byName.values()];
  const properties = Object.fromEntries(fields.map((field) => [field.name, property(message, field, scope)]));
  const required = fields.filter((field) => field.required).map((field) => field.name);
  scope.found.set(key, {
    type: 'object',
    ...described(name),
    properties: sorted({ ...(gvks || name === 'DeleteOptions' ? TYPE_META : {}), ...properties }),
    ...(required.length > 0 ? { required } : {}),
    ...(gvks ? { 'x-kubernetes-group-version-kind': gvks } : {}),
    ...(message.atomic ? { 'x-kubernetes-map-type': 'atomic' } : {}),
  });
}

function property(message: Message, field: Field, scope: Scope): Schema {
  const value = valueSchema(field, scope);
  const extras = {
    ...described(`${message.name}.${field.name}`),
    ...(field.defaultValue === undefined ? {} : { default: field.defaultValue }),
    ...(field.implicit && field.shape === 'one' ? { default: {} } : {}),
    ...mergeExtensions(field),
  };
  if (field.shape === 'list') return { type: 'array', items: value, ...extras };
  if (field.shape === 'map') return { type: 'object', additionalProperties: value, ...extras };
  const lonely = Object.keys(extras).length === 0;
  return value.$ref && scope.dialect.wrapped && !lonely
    ? { allOf: [value], ...extras }
    : { ...value, ...extras };
}

function mergeExtensions(field: Field): Schema {
  const { shape, mergeKey, listKeys, atomic, retainKeys } = field;
  const strategies = [...(mergeKey === undefined ? [] : ['merge']), ...(retainKeys ? ['retainKeys'] : [])];
  return {
    ...(atomic ? { 'x-kubernetes-map-type': 'atomic' } : {}),
    ...(shape === 'list' ? { 'x-kubernetes-list-type': listType(listKeys) } : {}),
    ...(listKeys && listKeys.length > 0 ? { 'x-kubernetes-list-map-keys': listKeys } : {}),
    ...(mergeKey ? { 'x-kubernetes-patch-merge-key': mergeKey } : {}),
    ...(strategies.length > 0 ? { 'x-kubernetes-patch-strategy': strategies.join(',') } : {}),
  };
}

function listType(keys: readonly string[] | undefined): 'atomic' | 'set' | 'map' {
  if (keys === undefined) return 'atomic';
  return keys.length === 0 ? 'set' : 'map';
}

function valueSchema({ message, scalar = 'str' }: Field, scope: Scope): Schema {
  if (message !== undefined) {
    define(message, scope);
    return reference(definitionName(message), scope.dialect);
  }
  const name = scalarName(scalar);
  if (name === undefined) return PLAIN[scalar] ?? {};
  if (!scope.found.has(name))
    scope.found.set(name, { ...scalarDefinition(scalar, scope.dialect), ...described(name) });
  return reference(name, scope.dialect);
}

function scalarDefinition(scalar: ScalarType, { alternatives }: Dialect): Schema {
  switch (scalar) {
    case 'time':
    case 'micro':
      return { type: 'string', format: 'date-time' };
    case 'ios':
      return alternatives
        ? { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] }
        : { type: 'string', format: 'int-or-string' };
    case 'qty':
      return alternatives ? { oneOf: [{ type: 'string' }, { type: 'number' }] } : { type: 'string' };
    default:
      return { type: 'object' };
  }
}

/** A reference to a definition. */
export function reference(name: string, { prefix }: Dialect): Schema {
  return { $ref: prefix + name };
}

function described(key: string): Schema {
  const description = descriptionOf(key);
  return description === undefined ? {} : { description };
}

function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
