import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../objects.js';
import { kindByResource } from './index.js';

type Fields = Record<string, unknown>;

function findings(resource: 'pods' | 'secrets', fields: Fields): string[] {
  const info = kindByResource(resource);
  if (!info) throw new Error(resource);
  const metadata = { name: 'x', namespace: 'n', ...(fields.metadata as object) };
  const object: KubeObject = { ...structuredClone(fields), metadata, apiVersion: 'v1', kind: info.kind };
  info.setDefaults?.(object);
  return (info.validate?.(object) ?? []).map(({ field, message }) => `${field}: ${message}`);
}

const MODE = 'must be a number between 0 and 0777 (octal), both inclusive';
const volume = (source: Fields): Fields => ({
  spec: { containers: [{ name: 'c', image: 'i' }], volumes: [{ name: 'v', ...source }] },
});
const container = (fields: Fields): Fields => ({
  spec: { containers: [{ name: 'c', image: 'i', ...fields }], volumes: [{ name: 'v', emptyDir: {} }] },
});
const at = 'spec.volumes[0]';
const of = 'spec.containers[0]';

describe('volumes', () => {
  it.each<[Fields, string[]]>([
    [{ configMap: {} }, [`${at}.configMap.name: Required value`]],
    [{ secret: {} }, [`${at}.secret.secretName: Required value`]],
    [
      { configMap: { name: 'm', defaultMode: 666 } },
      [`${at}.configMap.defaultMode: Invalid value: 666: ${MODE}`],
    ],
    [
      { secret: { secretName: 's', items: [{}, { key: 'k', path: '/a', mode: -1 }] } },
      [
        `${at}.secret.items[0].key: Required value`,
        `${at}.secret.items[0].path: Required value`,
        `${at}.secret.items[1].path: Invalid value: "/a": must be a relative path`,
        `${at}.secret.items[1].mode: Invalid value: -1: ${MODE}`,
      ],
    ],
    [
      {
        configMap: {
          name: 'm',
          items: [
            { key: 'k', path: 'a/../b' },
            { key: 'k', path: '..data' },
          ],
        },
      },
      [
        `${at}.configMap.items[0].path: Invalid value: "a/../b": must not contain '..'`,
        `${at}.configMap.items[1].path: Invalid value: "..data": must not start with '..'`,
      ],
    ],
    [
      { downwardAPI: { items: [{ path: 'a' }, { path: 'b', fieldRef: { fieldPath: 'status.podIP' } }] } },
      [
        `${at}.downwardAPI: Required value: one of fieldRef and resourceFieldRef is required`,
        `${at}.downwardAPI.fieldRef.fieldPath: Unsupported value: "status.podIP": supported values: "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"`,
      ],
    ],
    [
      {
        downwardAPI: {
          items: [
            { path: 'a', resourceFieldRef: { resource: 'limits.cpu' } },
            { path: 'b', resourceFieldRef: { containerName: 'c', resource: 'limits.pods' } },
            { path: 'c', resourceFieldRef: { containerName: 'c', resource: 'limits.cpu', divisor: '2' } },
            {
              path: 'd',
              resourceFieldRef: { containerName: 'c', resource: 'requests.memory', divisor: '1Mi' },
            },
          ],
        },
      },
      [
        `${at}.downwardAPI.resourceFieldRef.containerName: Required value`,
        `${at}.downwardAPI.resourceFieldRef.resource: Unsupported value: "limits.pods": supported values: "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"`,
        `${at}.downwardAPI.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor's values 1m and 1 are supported with the cpu resource`,
      ],
    ],
    [
      {
        projected: {
          sources: [
            { secret: { name: 's', items: [{ key: 'k', path: 'same' }] } },
            { configMap: { name: 'm', items: [{ key: 'k', path: 'same' }] } },
            { serviceAccountToken: { path: 'token', expirationSeconds: 60 } },
            { serviceAccountToken: {} },
            { secret: {}, configMap: { name: 'm' } },
          ],
        },
      },
      [
        `${at}.projected: Invalid value: "m": conflicting duplicate paths`,
        `${at}.projected.sources[2].serviceAccountToken.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes`,
        `${at}.projected.path: Required value`,
        `${at}.projected.sources[4].secret.name: Required value`,
        `${at}.projected.sources[4]: Forbidden: may not specify more than 1 volume type`,
      ],
    ],
    [
      { hostPath: { path: '/a/../b' } },
      [`${at}.hostPath.path: Invalid value: "/a/../b": must not contain '..'`],
    ],
  ])('%j', (source, expected) => {
    expect(findings('pods', volume(source))).toEqual(expected);
  });

  it('that are wrong cannot be mounted', () => {
    const spec = {
      containers: [{ name: 'c', image: 'i', volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
      volumes: [{ name: 'v', configMap: {} }],
    };
    expect(findings('pods', { spec })).toEqual([
      `${at}.configMap.name: Required value`,
      `${of}.volumeMounts[0].name: Not found: "v"`,
    ]);
  });
});

describe('containers', () => {
  it.each<[Fields, string[]]>([
    [
      { volumeMounts: [{ name: 'v', mountPath: '/a', subPath: '../x' }] },
      [`${of}.volumeMounts.subPath: Invalid value: "../x": must not contain '..'`],
    ],
    [
      { volumeMounts: [{ name: 'v', mountPath: '/a', subPath: 'x', subPathExpr: '/y' }] },
      [
        `${of}.volumeMounts[0].subPathExpr: Invalid value: "/y": subPathExpr and subPath are mutually exclusive`,
        `${of}.volumeMounts.subPathExpr: Invalid value: "/y": must be a relative path`,
      ],
    ],
    [
      { envFrom: [{}, { configMapRef: {} }, { configMapRef: { name: 'a' }, secretRef: { name: 'b' } }] },
      [
        `${of}.envFrom: Invalid value: "": must specify one of: \`configMapRef\` or \`secretRef\``,
        `${of}.envFrom[1].configMapRef.name: Required value`,
        `${of}.envFrom: Invalid value: "": may not have more than one field specified at a time`,
      ],
    ],
    [
      { env: [{ name: 'A', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '3' } } }] },
      [
        `${of}.env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.memory": only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the memory resource`,
      ],
    ],
    [{ env: [{ name: 'A', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } }] }, []],
  ])('%j', (fields, expected) => {
    expect(findings('pods', container(fields))).toEqual(expected);
  });
});

describe('types of Secrets', () => {
  it.each<[Fields, string[]]>([
    [
      { type: 'kubernetes.io/basic-auth' },
      ['data[username]: Required value', 'data[password]: Required value'],
    ],
    [{ type: 'kubernetes.io/basic-auth', stringData: { username: '' } }, []],
    [
      { type: 'kubernetes.io/service-account-token' },
      ['metadata.annotations[kubernetes.io/service-account.name]: Required value'],
    ],
    [
      { type: 'kubernetes.io/dockerconfigjson', stringData: { '.dockerconfigjson': '{' } },
      ['data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": unexpected end of JSON input'],
    ],
    [{ type: 'kubernetes.io/dockercfg', stringData: { '.dockercfg': '{}' } }, []],
    [
      { type: 'kubernetes.io/ssh-auth', stringData: { 'ssh-privatekey': '' } },
      ['data[ssh-privatekey]: Required value'],
    ],
  ])('%j', (fields, expected) => {
    expect(findings('secrets', fields)).toEqual(expected);
  });
});
