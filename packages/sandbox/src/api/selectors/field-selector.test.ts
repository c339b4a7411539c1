import { expect, it } from 'vitest';
import type { KubeObject } from '../../objects.js';
import { checkSelectable, matchesFields, parseFieldSelector } from './field-selector.js';

const POD: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'ns' },
  spec: { nodeName: 'n' },
  status: { phase: 'Running' },
};

it.each([
  ['metadata.name=p', true],
  ['metadata.name==p,metadata.namespace=ns', true],
  ['metadata.name!=p', false],
  ['status.phase!=Failed', true],
  ['spec.nodeName=', false],
  ['status.podIP=', true],
  ['spec.hostNetwork=false', true],
  ['', true],
])('%s is %s', (text, expected) => {
  expect(matchesFields(parseFieldSelector(text), POD)).toBe(expected);
});

it('takes what stands behind a backslash as it is', () => {
  expect(parseFieldSelector('metadata.name=a\\,b\\=c').requirements).toEqual([
    { field: 'metadata.name', equal: true, value: 'a,b=c' },
  ]);
});

it('refuses what it cannot read, and fields that the resource does not offer', () => {
  expect(() => parseFieldSelector('metadata.name')).toThrow(
    "invalid selector: 'metadata.name'; can't understand 'metadata.name'",
  );
  expect(() => checkSelectable('pods', parseFieldSelector('spec.foo=1'))).toThrow(
    'field label not supported: spec.foo',
  );
  expect(() => checkSelectable('configmaps', parseFieldSelector('status.phase=x'))).toThrow();
  expect(() => checkSelectable('pods', parseFieldSelector('status.phase=x'))).not.toThrow();
});
