import { describe, expect, it } from 'vitest';
import { readFields } from '../protobuf/wire.js';
import { openapiV2Json, openapiV2Protobuf } from './version-2.js';

/** All values of one field. */
function fields(bytes: Buffer, number: number): Buffer[] {
  return [...readFields(bytes)]
    .filter((field) => field.number === number)
    .map(({ value }) => (Buffer.isBuffer(value) ? value : Buffer.of(Number(value))));
}

function field(bytes: Buffer, ...path: number[]): Buffer {
  return path.reduce((value, number) => fields(value, number)[0] ?? Buffer.alloc(0), bytes);
}

function named(list: readonly Buffer[], name: string): Buffer {
  return field(list.find((each) => field(each, 1).toString() === name) ?? Buffer.alloc(0), 2);
}

const DEFINITIONS = 9;
const PATHS = 8;
const EXTENSIONS = 31;
const PROPERTIES = 25;

describe('the protobuf document', () => {
  const document = openapiV2Protobuf();
  const definitions = fields(field(document, DEFINITIONS), 1);
  const service = named(definitions, 'io.k8s.api.core.v1.ServiceSpec');
  const ports = named(fields(field(service, PROPERTIES), 1), 'ports');

  it('begins with the version of OpenAPI and what it is about', () => {
    expect(field(document, 1).toString()).toBe('2.0');
    expect(field(document, 2, 1).toString()).toBe('Kubernetes');
  });

  it('has the definitions of the JSON document', () => {
    const json = openapiV2Json() as { definitions: Record<string, unknown> };
    expect(definitions.map((each) => field(each, 1).toString())).toEqual(Object.keys(json.definitions));
  });

  it('has types, references and extensions', () => {
    expect(field(ports, 22, 1).toString()).toBe('array');
    expect(field(ports, 23, 1, 1).toString()).toBe('#/definitions/io.k8s.api.core.v1.ServicePort');
    const extensions = Object.fromEntries(
      fields(ports, EXTENSIONS).map((each) => [field(each, 1).toString(), field(each, 2, 2).toString()]),
    );
    expect(extensions).toMatchObject({
      'x-kubernetes-list-map-keys': '["port","protocol"]',
      'x-kubernetes-patch-merge-key': '"port"',
    });
  });

  it('names the required fields', () => {
    expect(fields(named(definitions, 'io.k8s.api.core.v1.HTTPHeader'), 19).map(String)).toEqual([
      'name',
      'value',
    ]);
  });

  it('says of each kind how it is patched', () => {
    const item = named(fields(field(document, PATHS), 2), '/api/v1/namespaces/{namespace}/services/{name}');
    const patch = field(item, 8);
    const names = fields(patch, 8).map((each) => field(each, 1, 2, 3, 4).toString());
    expect(names).toContain('fieldValidation');
    const extensions = fields(patch, 13).map((each) => [field(each, 1), field(each, 2, 2)].map(String));
    expect(extensions).toContainEqual([
      'x-kubernetes-group-version-kind',
      '{"group":"","version":"v1","kind":"Service"}',
    ]);
  });
});

it('the JSON document refers to nothing that it does not define', () => {
  const document = openapiV2Json() as { definitions: Record<string, unknown> };
  const names = [...JSON.stringify(document).matchAll(/"#\/definitions\/([^"]+)"/g)].map(([, name]) => name);
  expect(names.filter((name) => !(name! in document.definitions))).toEqual([]);
});
