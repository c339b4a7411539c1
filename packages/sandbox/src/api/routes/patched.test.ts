import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../objects.js';
import { goText } from '../go-text.js';
import { kindByResource } from '../kinds/index.js';
import { checkPatched } from './patched.js';

const kind = kindByResource('deployments')!;
const patched = (members: object): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'x' },
  ...members,
});

/** The refusal of a strategic merge patch. */
function refusal(patch: object, fieldValidation: 'Warn' | 'Strict' = 'Warn'): unknown {
  try {
    checkPatched(kind, patched(patch), { patch: { text: goText(patch) }, fieldValidation });
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('a strategic merge patch of wrong types is 422 of the patch in the words of the converter', () => {
  it.each<[object, string]>([
    [
      { metadata: { labels: { a: 7 } } },
      'map[metadata:map[labels:map[a:7]]]": cannot convert int64 to string',
    ],
    [
      { metadata: { labels: { a: true } } },
      'map[metadata:map[labels:map[a:true]]]": unrecognized type: string',
    ],
    [{ spec: { replicas: 'x' } }, 'map[spec:map[replicas:x]]": unrecognized type: int32'],
    [{ spec: { replicas: 1.5 } }, 'map[spec:map[replicas:1.5]]": cannot convert float64 to int32'],
    [{ spec: { paused: 'no' } }, 'map[spec:map[paused:no]]": unrecognized type: bool'],
    [{ spec: 7 }, 'map[spec:7]": cannot restore struct from: int64'],
    [{ metadata: { labels: ['a', 'b'] } }, 'map[metadata:map[labels:[a b]]]": cannot restore map from slice'],
    [{ metadata: { finalizers: 'a' } }, 'map[metadata:map[finalizers:a]]": cannot restore slice from string'],
  ])('%j', (patch, message) => {
    expect(refusal(patch)).toMatchObject({
      code: 422,
      reason: 'Invalid',
      message: ` "" is invalid: patch: Invalid value: "${message}`,
    });
  });
});

it('another patch shows the object that it made, in the words of the decoder', () => {
  const next = patched({ spec: { replicas: 'x' } });
  const shown = JSON.stringify(JSON.stringify(next));
  expect(() => checkPatched(kind, next, { patch: { text: undefined }, fieldValidation: 'Warn' })).toThrow(
    `patch: Invalid value: ${shown}: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32`,
  );
});

it('unknown fields are refused if that is asked for, else they are warnings', () => {
  const patch = { spec: { nothing: 1 } };
  expect(refusal(patch, 'Strict')).toMatchObject({
    code: 422,
    message:
      ' "" is invalid: patch: Invalid value: "map[spec:map[nothing:1]]": strict decoding error: unknown field "spec.nothing"',
  });
  const next = patched({ spec: { nothing: 1 } });
  const warnings = checkPatched(kind, next, { patch: { text: '' }, fieldValidation: 'Warn' });
  expect(warnings).toEqual(['unknown field "spec.nothing"']);
});
