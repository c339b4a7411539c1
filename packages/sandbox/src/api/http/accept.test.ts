import { expect, it } from 'vitest';
import { negotiateDiscovery, negotiateForm } from './accept.js';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const PARTIAL = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

it.each([
  [undefined, 'object'],
  ['', 'object'],
  ['*/*', 'object'],
  ['application/json', 'object'],
  ['application/vnd.kubernetes.protobuf, application/json', 'object'],
  ['application/vnd.kubernetes.protobuf,*/*', 'object'],
  [`${TABLE},application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json`, 'table'],
  [`application/json;as=Table;v=v9;g=meta.k8s.io,${PARTIAL}`, 'metadata'],
  [`application/json;q=0.5, ${TABLE}`, 'table'],
  [`${TABLE};q=0.1, application/json`, 'object'],
])('%s asks for %s', (accept, form) => {
  expect(negotiateForm(accept)).toBe(form);
});

it.each(['application/vnd.kubernetes.protobuf', 'text/html', 'application/json;q=0', `${TABLE};q=0`])(
  'answers 406 to %s',
  (accept) => {
    expect(() => negotiateForm(accept)).toThrow(
      expect.objectContaining({ code: 406, reason: 'NotAcceptable' }),
    );
  },
);

it.each([
  ['application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json', 'v2'],
  ['application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json', 'v2beta1'],
  ['application/json;g=apidiscovery.k8s.io;v=v7;as=APIGroupDiscoveryList,application/json', undefined],
  ['application/json', undefined],
  ['*/*', undefined],
])('discovery: %s asks for %s', (accept, version) => {
  expect(negotiateDiscovery(accept)).toBe(version);
});
