import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../objects.js';
import { kindByResource } from './index.js';

const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const SERVICE_RULE =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const IP_RULE = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';

type Fields = Record<string, unknown>;

function build(resource: string, fields: Fields): KubeObject {
  const info = kindByResource(resource);
  if (!info) throw new Error(resource);
  const apiVersion = info.group === '' ? info.version : `${info.group}/${info.version}`;
  const metadata = info.namespaced ? { name: 'x', namespace: 'n' } : { name: 'x' };
  const object: KubeObject = { metadata, ...structuredClone(fields), apiVersion, kind: info.kind };
  info.setDefaults?.(object);
  return object;
}

/** What validation says, one line an error, as the message of a 422 has it. */
function findings(resource: string, fields: Fields, old?: Fields): string[] {
  const before = old === undefined ? undefined : build(resource, old);
  const errors = kindByResource(resource)?.validate?.(build(resource, fields), before) ?? [];
  return errors.map(({ field, message }) => `${field}: ${message}`);
}

const service = (spec: Fields): Fields => ({ spec: { ports: [{ port: 80 }], ...spec } });
const slice = (endpoint: Fields, rest: Fields = {}): Fields => ({
  addressType: 'IPv4',
  endpoints: [{ addresses: ['10.0.0.1'], ...endpoint }],
  ...rest,
});

describe('metadata', () => {
  it.each<[string, Fields, string[]]>([
    [
      'configmaps',
      { metadata: { name: 'X_', namespace: 'n' } },
      [`metadata.name: Invalid value: "X_": ${SUBDOMAIN_RULE}`],
    ],
    [
      'services',
      { ...service({}), metadata: { name: '1a', namespace: 'n' } },
      [`metadata.name: Invalid value: "1a": ${SERVICE_RULE}`],
    ],
    [
      'namespaces',
      { metadata: { name: 'a.b' } },
      ['metadata.name: Invalid value: "a.b": must not contain dots'],
    ],
    [
      'roles',
      { metadata: { name: 'a/b', namespace: 'n' } },
      ['metadata.name: Invalid value: "a/b": may not contain \'/\''],
    ],
    ['roles', { metadata: { name: 'system:a', namespace: 'n' } }, []],
    ['configmaps', { metadata: { name: 'c', generateName: 'c-', namespace: 'n' } }, []],
    ['configmaps', { metadata: { name: 'c' } }, ['metadata.namespace: Required value']],
    [
      'namespaces',
      { metadata: { name: 'c', namespace: 'n' } },
      ['metadata.namespace: Forbidden: not allowed on this type'],
    ],
    [
      'namespaces',
      { metadata: { name: 'a'.repeat(64) } },
      [
        `metadata.name: Invalid value: "${'a'.repeat(64)}": must be no more than 63 characters`,
        `metadata.labels: Invalid value: "${'a'.repeat(64)}": must be no more than 63 bytes`,
      ],
    ],
    [
      'configmaps',
      { metadata: { name: 'c', namespace: 'n', labels: { 'a/b/c': 'x' } } },
      [
        "metadata.labels: Invalid value: \"a/b/c\": a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
      ],
    ],
    [
      'configmaps',
      { metadata: { name: 'c', namespace: 'n', labels: { a: 'x y' } } },
      [
        "metadata.labels: Invalid value: \"x y\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
      ],
    ],
    [
      'configmaps',
      { metadata: { name: 'c', namespace: 'n', labels: { a: 'x'.repeat(64) } } },
      [`metadata.labels: Invalid value: "${'x'.repeat(64)}": must be no more than 63 bytes`],
    ],
    [
      'configmaps',
      { metadata: { name: 'c', namespace: 'n', annotations: { a: 'x'.repeat(262_144) } } },
      ['metadata.annotations: Too long: may not be more than 262144 bytes'],
    ],
    [
      'configmaps',
      {
        metadata: {
          name: 'c',
          namespace: 'n',
          ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p' }],
        },
      },
      ['metadata.ownerReferences.uid: Invalid value: "": must not be empty'],
    ],
    [
      'configmaps',
      { metadata: { name: 'c', namespace: 'n', finalizers: ['orphan', 'foregroundDeletion'] } },
      [
        'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer foregroundDeletion and orphan cannot be both set',
      ],
    ],
  ])('of %s: %j', (resource, fields, expected) => {
    expect(findings(resource, fields)).toEqual(expected);
  });
});

describe('services', () => {
  it.each<[Fields, string[]]>([
    [service({ ports: [] }), ['spec.ports: Required value']],
    [service({ ports: [], clusterIP: 'None' }), []],
    [
      service({ ports: [{ port: 0 }] }),
      [
        'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
        'spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive',
      ],
    ],
    [service({ ports: [{ port: 1, name: 'a' }, { port: 2 }] }), ['spec.ports[1].name: Required value']],
    [
      service({
        ports: [
          { port: 1, name: 'a' },
          { port: 2, name: 'a' },
        ],
      }),
      ['spec.ports[1].name: Duplicate value: "a"'],
    ],
    [
      service({
        ports: [
          { port: 1, name: 'a' },
          { port: 1, name: 'b' },
        ],
      }),
      ['spec.ports[1]: Duplicate value: {"protocol":"TCP","port":1}'],
    ],
    [
      service({ type: 'Global' }),
      [
        'spec.type: Unsupported value: "Global": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
      ],
    ],
    [service({ clusterIP: 'None', ipFamilies: ['IPv6', 'IPv4'] }), []],
    [service({ ipFamilyPolicy: 'PreferDualStack' }), []],
    [
      service({ ipFamilies: ['IPv4', 'IPv6'] }),
      [
        `spec.ipFamilyPolicy: Invalid value: "SingleStack": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified`,
      ],
    ],
    [
      service({ clusterIP: 'None', selector: { a: 'b' }, ipFamilyPolicy: 'RequireDualStack' }),
      [
        'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
      ],
    ],
    [
      service({ ipFamilies: ['IPv6'] }),
      ['spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster'],
    ],
    [service({ type: 'ExternalName' }), ['spec.externalName: Required value']],
    [
      service({ type: 'NodePort', clusterIP: 'None' }),
      ['spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for NodePort services'],
    ],
    [
      service({ ports: [{ port: 1, nodePort: 30_000 }] }),
      ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
    ],
    [service({ clusterIP: 'here' }), [`spec.clusterIPs[0]: Invalid value: "here": ${IP_RULE}`]],
    [
      service({ sessionAffinity: 'Cookie' }),
      ['spec.sessionAffinity: Unsupported value: "Cookie": supported values: "ClientIP", "None"'],
    ],
    [
      service({ trafficDistribution: 'Near' }),
      [
        'spec.trafficDistribution: Unsupported value: "Near": supported values: "PreferClose", "PreferSameZone", "PreferSameNode"',
      ],
    ],
    [
      service({ ports: [{ port: 1, targetPort: 'No_Port' }] }),
      [
        'spec.ports[0].targetPort: Invalid value: "No_Port": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
      ],
    ],
  ])('%j', (fields, expected) => {
    expect(findings('services', fields)).toEqual(expected);
  });

  it('keep their cluster IP, but may become an ExternalName', () => {
    const old = service({ clusterIP: '127.7.96.10' });
    expect(findings('services', service({ clusterIP: 'None' }), old)).toEqual([
      'spec.clusterIPs[0]: Invalid value: ["None"]: may not change once set',
    ]);
    expect(findings('services', service({}), old)).toEqual([
      'spec.clusterIPs[0]: Invalid value: []: primary clusterIP can not be unset',
    ]);
    expect(findings('services', { spec: { type: 'ExternalName', externalName: 'a.b.' } }, old)).toEqual([]);
  });
});

describe('endpointslices', () => {
  it.each<[Fields, string[]]>([
    [{ endpoints: [] }, ['addressType: Required value']],
    [
      { addressType: 'IPX' },
      ['addressType: Unsupported value: "IPX": supported values: "FQDN", "IPv4", "IPv6"'],
    ],
    [slice({ addresses: [] }), ['endpoints[0].addresses: Required value: must contain at least 1 address']],
    [
      slice({ addresses: Array.from({ length: 101 }, (_, index) => `10.0.0.${index}`) }),
      ['endpoints[0].addresses: Too many: 101: must have at most 100 items'],
    ],
    [
      { addressType: 'IPv4', endpoints: Array.from({ length: 1001 }, () => ({ addresses: ['10.0.0.1'] })) },
      ['endpoints: Too many: 1001: must have at most 1000 items'],
    ],
    [slice({ addresses: ['a'] }), [`endpoints[0].addresses[0]: Invalid value: "a": ${IP_RULE}`]],
    [
      slice({ addresses: ['::1'] }),
      ['endpoints[0].addresses: Invalid value: "::1": must be an IPv4 address'],
    ],
    [slice({ addresses: ['127.4.1.1'] }), []],
    [
      slice({ addresses: ['0.0.0.0'] }),
      ['endpoints[0].addresses[0]: Invalid value: "0.0.0.0": may not be unspecified (0.0.0.0)'],
    ],
    [
      slice({ addresses: ['169.254.1.1'] }),
      [
        'endpoints[0].addresses[0]: Invalid value: "169.254.1.1": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
      ],
    ],
    [
      { addressType: 'IPv6', endpoints: [{ addresses: ['::ffff:1.2.3.4'] }, { addresses: ['ff02::1'] }] },
      [
        'endpoints[0].addresses[0]: Invalid value: "::ffff:1.2.3.4": must not be an IPv4-mapped IPv6 address',
        'endpoints[1].addresses[0]: Invalid value: "ff02::1": may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)',
      ],
    ],
    [slice({ hostname: 'a.b' }), ['endpoints[0].hostname: Invalid value: "a.b": must not contain dots']],
    [
      slice({ hints: { forZones: Array.from({ length: 9 }, (_, index) => ({ name: `z${index}` })) } }),
      ['endpoints[0].hints.forZones: Too many: 9: must have at most 8 items'],
    ],
    [slice({}, { ports: [{ name: 'a' }, { name: 'a' }] }), ['ports[1].name: Duplicate value: "a"']],
    [
      { addressType: 'FQDN', endpoints: [{ addresses: ['host'] }] },
      [
        'endpoints[0].addresses[0]: Invalid value: "host": should be a domain with at least two segments separated by dots',
      ],
    ],
  ])('%j', (fields, expected) => {
    expect(findings('endpointslices', fields)).toEqual(expected);
  });

  it('keep their address type', () => {
    expect(findings('endpointslices', { addressType: 'IPv6' }, { addressType: 'IPv4' })).toEqual([
      'addressType: Invalid value: "IPv6": field is immutable',
    ]);
  });
});

describe('other kinds', () => {
  it.each<[string, Fields, string[]]>([
    [
      'configmaps',
      { data: { 'a/b': '' } },
      [
        "data[a/b]: Invalid value: \"a/b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
      ],
    ],
    [
      'configmaps',
      { data: { a: '' }, binaryData: { a: '' } },
      ['data[a]: Invalid value: "a": duplicate of key present in binaryData'],
    ],
    [
      'configmaps',
      { data: { a: 'x'.repeat(1_048_577) } },
      [': Too long: may not be more than 1048576 bytes'],
    ],
    [
      'secrets',
      { type: 'kubernetes.io/tls' },
      ['data[tls.crt]: Required value', 'data[tls.key]: Required value'],
    ],
    [
      'leases',
      { spec: { leaseDurationSeconds: 0 } },
      ['spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0'],
    ],
    [
      'nodes',
      { spec: { taints: [{ key: 'k', effect: 'Never' }] } },
      [
        'metadata.taints[0].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
      ],
    ],
    [
      'events',
      { involvedObject: { namespace: 'other' } },
      ['involvedObject.namespace: Invalid value: "other": does not match event.namespace'],
    ],
    [
      'roles',
      { rules: [{}] },
      [
        'rules[0].verbs: Required value: verbs must contain at least one value',
        'rules[0].apiGroups: Required value: resource rules must supply at least one api group',
        'rules[0].resources: Required value: resource rules must supply at least one resource',
      ],
    ],
    [
      'roles',
      { rules: [{ verbs: ['get'], nonResourceURLs: ['/x'] }] },
      ['rules[0].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs'],
    ],
    [
      'rolebindings',
      { roleRef: { kind: 'Rule', name: '' } },
      [
        'roleRef.kind: Unsupported value: "Rule": supported values: "Role", "ClusterRole"',
        'roleRef.name: Required value',
      ],
    ],
    [
      'clusterrolebindings',
      {
        roleRef: { kind: 'ClusterRole', name: 'r' },
        subjects: [
          { kind: 'ServiceAccount', name: 's' },
          { kind: 'Robot', name: 'b' },
        ],
      },
      [
        'subjects[0].namespace: Required value',
        'subjects[1].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"',
      ],
    ],
  ])('%s %j', (resource, fields, expected) => {
    expect(findings(resource, fields)).toEqual(expected);
  });

  it('never change what is immutable', () => {
    expect(
      findings('configmaps', { data: { a: '2' }, immutable: true }, { data: { a: '1' }, immutable: true }),
    ).toEqual(['data: Forbidden: field is immutable when `immutable` is set']);
    expect(findings('secrets', { type: 'Other' }, {})).toEqual([
      'type: Invalid value: "Other": field is immutable',
    ]);
    const binding = (name: string) => ({ roleRef: { kind: 'Role', name } });
    expect(findings('rolebindings', binding('b'), binding('a'))).toEqual([
      'roleRef: Invalid value: {"kind":"Role","name":"b","apiGroup":"rbac.authorization.k8s.io"}: cannot change roleRef',
    ]);
  });
});
