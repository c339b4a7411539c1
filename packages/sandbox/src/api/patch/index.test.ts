import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../objects.js';
import { applyPatch } from './index.js';

const CURRENT: KubeObject = Object.freeze({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: Object.freeze({ name: 'c', namespace: 'n' }),
  data: Object.freeze({ a: '1' }),
});

describe('applyPatch', () => {
  it.each([
    ['application/json-patch+json', [{ op: 'add', path: '/data/b', value: '2' }]],
    ['application/merge-patch+json; charset=utf-8', { data: { b: '2' } }],
    ['application/strategic-merge-patch+json', { data: { b: '2' } }],
  ])('applies %s to a frozen object and returns a copy that may be changed', (type, patch) => {
    const result = applyPatch(type, CURRENT, patch);
    expect(result).toEqual({ ...CURRENT, data: { a: '1', b: '2' } });
    result.metadata.name = 'changed';
    Object.assign(result.data as object, { a: '9' });
    expect(CURRENT.data).toEqual({ a: '1' });
  });

  it.each([
    [
      'application/merge-patch+json',
      [],
      400,
      'error decoding patch: json: cannot unmarshal array into Go value',
    ],
    ['application/merge-patch+json', null, 400, 'Invalid JSON Patch'],
    ['application/strategic-merge-patch+json', 'x', 400, 'json: cannot unmarshal string into Go value'],
    [
      'application/merge-patch+json',
      { kind: 'Secret' },
      400,
      'the patched object is a Secret in version "v1"; expected a ConfigMap in version "v1"',
    ],
    [
      'application/merge-patch+json',
      { kind: { toString: 1 } },
      400,
      'the patched object is a {"toString":1} in version "v1"',
    ],
    [
      'application/strategic-merge-patch+json',
      { $patch: { toString: 1 } },
      400,
      'unknown patch type: {"toString":1}',
    ],
    ['application/merge-patch+json', { metadata: null }, 400, 'metadata: Required value'],
    [
      'application/json-patch+json',
      [{ op: 'replace', path: '', value: 1 }],
      400,
      'the patched object is not a JSON object',
    ],
    [
      'application/apply-patch+yaml',
      {},
      415,
      'application/apply-patch+yaml is taken by objects and their status alone',
    ],
    [
      'text/plain',
      {},
      415,
      'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json',
    ],
  ])('refuses %s %j with %i', (type, patch, code, message) => {
    expect(() => applyPatch(type, CURRENT, patch)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });

  it('refuses a patch that is nested too deeply instead of overflowing the stack', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`);
    expect(() => applyPatch('application/merge-patch+json', CURRENT, deep)).toThrow(
      expect.objectContaining({ code: 400, message: 'exceeded max depth of the patch' }),
    );
  });
});
