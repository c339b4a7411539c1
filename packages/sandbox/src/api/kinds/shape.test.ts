import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../objects.js';
import { ApiStatus } from '../status.js';
import { kindByResource, strictFieldErrors } from './index.js';
import { conform } from './shape.js';

const POD = { group: '', version: 'v1', kind: 'Pod' };
const DEPLOYMENT = { group: 'apps', version: 'v1', kind: 'Deployment' };
const SECRET = { group: '', version: 'v1', kind: 'Secret' };

function pod(fields: Record<string, unknown>): KubeObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, ...fields };
}

describe('strictFieldErrors', () => {
  it('names each unknown field with its place', () => {
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'd', lables: {} },
      spec: {
        replcas: 3,
        template: {
          spec: {
            containers: [{ name: 'a' }, { name: 'b', imag: 'x', env: [{ name: 'K', valu: '' }] }],
            volumes: [{ name: 'v', emptyDirs: {} }],
          },
        },
      },
      extra: 1,
    };
    expect(strictFieldErrors(DEPLOYMENT, deployment)).toEqual([
      'unknown field "metadata.lables"',
      'unknown field "spec.replcas"',
      'unknown field "spec.template.spec.containers[1].imag"',
      'unknown field "spec.template.spec.containers[1].env[0].valu"',
      'unknown field "spec.template.spec.volumes[0].emptyDirs"',
      'unknown field "extra"',
    ]);
  });

  it('knows the fields of inlined messages, and leaves maps to their users', () => {
    const container = {
      name: 'c',
      livenessProbe: { httpGet: { path: '/', port: 1 }, periodSeconds: 1 },
      env: [{ name: 'K', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }],
    };
    const spec = {
      containers: [container],
      volumes: [{ name: 'v', emptyDir: {} }],
      nodeSelector: { any: 'x' },
    };
    expect(strictFieldErrors(POD, pod({ spec, status: { phase: 'Running' } }))).toEqual([]);
  });

  it('stops after a hundred, and takes what is no object', () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`x${index}`, 1]));
    expect(strictFieldErrors(POD, pod(many))).toHaveLength(100);
    expect(strictFieldErrors(POD, null)).toEqual([]);
    expect(strictFieldErrors(POD, pod({ spec: { containers: 'x' } }))).toEqual([]);
  });
});

describe('conform', () => {
  it('drops unknown fields and nulls and turns numbers into quantities', () => {
    const object = pod({
      metadata: { name: 'p', creationTimestamp: null, labels: { a: null } },
      spec: { containers: [{ name: 'c', resources: { limits: { cpu: 1, memory: '1Gi' } } }], typo: 1 },
      status: null,
    });
    conform(POD, object);
    expect(object).toEqual(
      pod({
        metadata: { name: 'p', labels: { a: '' } },
        spec: { containers: [{ name: 'c', resources: { limits: { cpu: '1', memory: '1Gi' } } }] },
      }),
    );
  });

  it.each<[typeof POD, Record<string, unknown>, string]>([
    [
      DEPLOYMENT,
      { spec: { replicas: '3' } },
      'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      DEPLOYMENT,
      { spec: { replicas: 1.5 } },
      'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      DEPLOYMENT,
      { spec: { replicas: 3_000_000_000 } },
      'json: cannot unmarshal number 3000000000 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      DEPLOYMENT,
      { spec: [] },
      'json: cannot unmarshal array into Go struct field Deployment.spec of type v1.DeploymentSpec',
    ],
    [
      POD,
      { spec: { containers: {} } },
      'json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container',
    ],
    [
      POD,
      { spec: { containers: ['c'] } },
      'json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type v1.Container',
    ],
    [
      POD,
      { spec: { containers: [{ ports: [{ containerPort: 'http' }] }] } },
      'json: cannot unmarshal string into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32',
    ],
    [
      POD,
      { metadata: { name: 'p', labels: { a: true } } },
      'json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string',
    ],
    [
      POD,
      { metadata: { name: 'p', labels: [] } },
      'json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string',
    ],
    [
      POD,
      { spec: { hostNetwork: 'yes' } },
      'json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool',
    ],
    [
      POD,
      { spec: { containers: [{ resources: { limits: { cpu: 'much' } } }] } },
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    [
      POD,
      { metadata: { name: 'p', deletionTimestamp: 'soon' } },
      'parsing time "soon" as "2006-01-02T15:04:05Z07:00": not a time in RFC 3339',
    ],
    [SECRET, { data: { k: 'not base64' } }, 'illegal base64 data at input byte 3'],
  ])('refuses a %o of %j in the words of the decoder', (kind, fields, problem) => {
    const object = { apiVersion: 'v1', kind: kind.kind, metadata: { name: 'p' }, ...fields };
    let thrown: unknown;
    try {
      conform(kind, object);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ApiStatus);
    expect(thrown).toMatchObject({
      code: 400,
      reason: 'BadRequest',
      message: `${kind.kind} in version "v1" cannot be handled as a ${kind.kind}: ${problem}`,
    });
  });

  it('comes before the defaults of every kind', () => {
    const info = kindByResource('pods');
    expect(() => info?.setDefaults?.(pod({ spec: { volumes: 'x' } }))).toThrow(ApiStatus);
  });
});
