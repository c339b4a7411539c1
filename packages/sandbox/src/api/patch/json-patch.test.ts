import { describe, expect, it } from 'vitest';
import { ApiStatus } from '../status.js';
import { jsonPatch } from './json-patch.js';

function refusal(document: unknown, patch: unknown): ApiStatus {
  try {
    jsonPatch(document, patch);
  } catch (error) {
    if (error instanceof ApiStatus) return error;
    throw error;
  }
  throw new Error('the patch was accepted');
}

describe('jsonPatch', () => {
  it.each([
    // RFC 6902, appendix A.
    ['add a member', { foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'q' }], { foo: 'bar', baz: 'q' }],
    ['add to a list', { l: ['a', 'c'] }, [{ op: 'add', path: '/l/1', value: 'b' }], { l: ['a', 'b', 'c'] }],
    ['append', { l: ['a'] }, [{ op: 'add', path: '/l/-', value: ['b'] }], { l: ['a', ['b']] }],
    ['remove a member', { a: 1, b: 2 }, [{ op: 'remove', path: '/b' }], { a: 1 }],
    ['remove from a list', { l: [1, 2, 3] }, [{ op: 'remove', path: '/l/1' }], { l: [1, 3] }],
    ['replace', { a: 1, b: 2 }, [{ op: 'replace', path: '/b', value: { c: 3 } }], { a: 1, b: { c: 3 } }],
    ['replace what is not there', { a: 1 }, [{ op: 'replace', path: '/z', value: 2 }], { a: 1, z: 2 }],
    ['replace in a list', { l: [1, 2] }, [{ op: 'replace', path: '/l/0', value: 9 }], { l: [9, 2] }],
    ['move', { a: { b: 1 }, c: {} }, [{ op: 'move', from: '/a/b', path: '/c/d' }], { a: {}, c: { d: 1 } }],
    ['move in a list', { l: [1, 2, 3] }, [{ op: 'move', from: '/l/0', path: '/l/2' }], { l: [2, 3, 1] }],
    ['copy', { a: { b: 1 } }, [{ op: 'copy', from: '/a', path: '/c' }], { a: { b: 1 }, c: { b: 1 } }],
    ['test', { a: [1, { b: 2 }] }, [{ op: 'test', path: '/a', value: [1, { b: 2 }] }], { a: [1, { b: 2 }] }],
    [
      'escapes',
      { 'a/b': 1, 'm~n': 2 },
      [
        { op: 'remove', path: '/a~1b' },
        { op: 'test', path: '/m~0n', value: 2 },
      ],
      { 'm~n': 2 },
    ],
    ['the whole document', { a: 1 }, [{ op: 'replace', path: '', value: { b: 2 } }], { b: 2 }],
    ['null values', { a: 1 }, [{ op: 'add', path: '/b', value: null }], { a: 1, b: null }],
  ])('does %s', (_name, document, patch, result) => {
    expect(jsonPatch(document, patch)).toEqual(result);
  });

  it('does not change the document, also when it fails half way', () => {
    const document = { a: { b: 1 } };
    expect(() =>
      jsonPatch(document, [
        { op: 'remove', path: '/a/b' },
        { op: 'test', path: '/a/b', value: 1 },
      ]),
    ).toThrow();
    expect(document).toEqual({ a: { b: 1 } });
  });

  it.each([
    [{ op: 'test', path: '/a', value: 2 }, 'testing value /a failed: test failed'],
    [
      { op: 'remove', path: '/z' },
      "error in remove for path: '/z': Unable to remove nonexistent key: z: missing value",
    ],
    [
      { op: 'remove', path: '/y/z' },
      'remove operation does not apply: doc is missing path: /y/z: missing value',
    ],
    [
      { op: 'replace', path: '/y/z', value: 1 },
      'replace operation does not apply: doc is missing path: /y/z: missing value',
    ],
    [
      { op: 'add', path: '/y/z', value: 1 },
      'add operation does not apply: doc is missing path: /y/z: missing value',
    ],
    [
      { op: 'add', path: '/l/9', value: 1 },
      "error in add for path: '/l/9': Unable to access invalid index: 9: invalid index referenced",
    ],
    [
      { op: 'remove', path: '/l/01' },
      "error in remove for path: '/l/01': Unable to access invalid index: 01: invalid index referenced",
    ],
    [
      { op: 'copy', from: '/z', path: '/b' },
      'copy operation does not apply: doc is missing path: /z: missing value',
    ],
    [
      { op: 'move', from: '/o', path: '/o/p' },
      'move operation does not apply: /o cannot move into itself: /o/p',
    ],
    [{ op: 'merge', path: '/a' }, 'Unexpected kind: merge'],
    [{ op: { toString: 1 }, path: '/a' }, 'Unexpected kind: unknown'],
    [{ op: 'add', value: 1 }, 'add operation failed to decode path: missing value'],
    [{ op: 'copy', path: '/b' }, 'copy operation failed to decode from: missing value'],
    [{ op: 'add', path: 'a', value: 1 }, 'path "a" does not start with "/"'],
  ])('refuses %j with 422 and its reason', (operation, message) => {
    const status = refusal({ a: 1, l: [1, 2], o: { p: 1 } }, [operation]);
    expect(status.code).toBe(422);
    expect(status.message).toBe('the server rejected our request due to an error in our request');
    expect(status.details?.causes).toEqual([{ message, field: 'patch' }]);
  });

  it('refuses copies that would double the document again and again with 413', () => {
    const doubling = Array.from({ length: 40 }, (_, n) => ({ op: 'copy', from: '', path: `/a${n}` }));
    expect(refusal({ a: 'x'.repeat(100) }, doubling)).toMatchObject({
      code: 413,
      reason: 'RequestEntityTooLarge',
      message: expect.stringMatching(
        /accumulated size increase of copy is \d+, exceeding the limit 3145728$/,
      ),
    });
  });

  it('refuses what is no list of operations with 400, and too many of them with 413', () => {
    expect(refusal({}, { op: 'add' })).toMatchObject({
      code: 400,
      message:
        'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
    });
    const many = Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/a', value: 1 }));
    expect(refusal({ a: 1 }, many)).toMatchObject({ code: 413, reason: 'RequestEntityTooLarge' });
  });
});
