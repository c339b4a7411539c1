import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../objects.js';
import { kindByResource } from './index.js';

const LABEL_RULE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

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

const pod = (container: Fields, rest: Fields = {}): Fields => ({
  spec: { containers: [{ name: 'c', image: 'i', ...container }], ...rest },
});
const deployment = (spec: Fields): Fields => ({
  spec: {
    selector: { matchLabels: { app: 'x' } },
    template: { metadata: { labels: { app: 'x' } }, ...pod({}) },
    ...spec,
  },
});

describe('pods', () => {
  it.each<[Fields, string[]]>([
    [{ spec: {} }, ['spec.containers: Required value']],
    [pod({ name: '' }), ['spec.containers[0].name: Required value']],
    [pod({ name: 'A' }), [`spec.containers[0].name: Invalid value: "A": ${LABEL_RULE}`]],
    [pod({ image: '' }), ['spec.containers[0].image: Required value']],
    [
      {
        spec: {
          containers: [
            { name: 'c', image: 'i' },
            { name: 'c', image: 'i' },
          ],
        },
      },
      ['spec.containers[1].name: Duplicate value: "c"'],
    ],
    [
      pod({}, { restartPolicy: 'Sometimes' }),
      [
        'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
      ],
    ],
    [
      pod({}, { dnsPolicy: 'Mine' }),
      [
        'spec.dnsPolicy: Unsupported value: "Mine": supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"',
      ],
    ],
    [pod({ ports: [{}] }), ['spec.containers[0].ports[0].containerPort: Required value']],
    [
      pod({ ports: [{ containerPort: 70_000 }] }),
      [
        'spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
      ],
    ],
    [
      pod({
        ports: [
          { containerPort: 1, name: 'p' },
          { containerPort: 2, name: 'p' },
        ],
      }),
      ['spec.containers[0].ports[1].name: Duplicate value: "p"'],
    ],
    [
      pod({ ports: [{ containerPort: 1, name: 'a-much-too-long-name' }] }),
      [
        'spec.containers[0].ports[0].name: Invalid value: "a-much-too-long-name": must be no more than 15 characters',
      ],
    ],
    [
      pod({ ports: [{ containerPort: 1, protocol: 'ICMP' }] }),
      [
        'spec.containers[0].ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
      ],
    ],
    [
      pod({ imagePullPolicy: 'Later' }),
      [
        'spec.containers[0].imagePullPolicy: Unsupported value: "Later": supported values: "Always", "IfNotPresent", "Never"',
      ],
    ],
    [pod({ env: [{}] }), ['spec.containers[0].env[0].name: Required value']],
    [
      pod({ env: [{ name: 'A=B' }] }),
      [
        'spec.containers[0].env[0].name: Invalid value: "A=B": a valid environment variable name must consist only of printable ASCII characters other than \'=\'',
      ],
    ],
    [
      pod({ env: [{ name: 'A', value: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] }),
      [
        'spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty',
      ],
    ],
    [
      pod({ env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'spec.image' } } }] }),
      [
        'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.image": error converting fieldPath: field label not supported: spec.image',
      ],
    ],
    [
      pod({ env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'status.phase' } } }] }),
      [
        'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Unsupported value: "status.phase": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"',
      ],
    ],
    [pod({ env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: "metadata.labels['x']" } } }] }), []],
    [
      pod({ volumeMounts: [{ name: 'v', mountPath: '/v' }] }),
      ['spec.containers[0].volumeMounts[0].name: Not found: "v"'],
    ],
    [pod({}, { volumes: [{ name: 'v' }, { name: 'v' }] }), ['spec.volumes[1].name: Duplicate value: "v"']],
    [
      pod({}, { volumes: [{ name: 'v', secret: { secretName: 's' }, emptyDir: {} }] }),
      ['spec.volumes[0].secret: Forbidden: may not specify more than 1 volume type'],
    ],
    [
      pod({ livenessProbe: {} }),
      ['spec.containers[0].livenessProbe: Required value: must specify a handler type'],
    ],
    [
      pod({ livenessProbe: { exec: { command: ['x'] }, grpc: { port: 1 }, successThreshold: 2 } }),
      [
        'spec.containers[0].livenessProbe.grpc: Forbidden: may not specify more than 1 handler type',
        'spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1',
      ],
    ],
    [
      pod({ readinessProbe: { tcpSocket: { port: 0 }, periodSeconds: -1 } }),
      [
        'spec.containers[0].readinessProbe.tcpSocket.port: Invalid value: 0: must be between 1 and 65535, inclusive',
        'spec.containers[0].readinessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0',
      ],
    ],
    [
      pod({ lifecycle: { preStop: { sleep: { seconds: 60 } } } }),
      [
        'spec.containers[0].lifecycle.preStop.sleep: Invalid value: 60: must be non-negative and less than terminationGracePeriodSeconds (30)',
      ],
    ],
    [
      pod({ image: ' i' }),
      ['spec.containers[0].image: Invalid value: " i": must not have leading or trailing whitespace'],
    ],
    [
      pod({ resources: { requests: { cpu: '2', memory: '-1' }, limits: { cpu: '1' } } }),
      [
        'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
        'spec.containers[0].resources.requests[memory]: Invalid value: "-1": must be greater than or equal to 0',
      ],
    ],
    [
      pod({ resources: { requests: { cpu: '2' }, limits: { cpu: '1500m' } } }),
      [
        'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1500m',
      ],
    ],
    [
      pod({}, { initContainers: [{ name: 'c', image: 'i', readinessProbe: { exec: { command: ['x'] } } }] }),
      [
        'spec.initContainers[0].name: Duplicate value: "c"',
        'spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
      ],
    ],
  ])('%j', (fields, expected) => {
    expect(findings('pods', fields)).toEqual(expected);
  });

  it('may change little more than images', () => {
    const old = pod({});
    expect(findings('pods', pod({ image: 'j' }), old)).toEqual([]);
    expect(findings('pods', pod({}, { nodeName: 'node' }), old)).toEqual([]);
    expect(findings('pods', pod({}, { nodeName: 'b' }), pod({}, { nodeName: 'a' }))).toHaveLength(1);
    expect(findings('pods', { spec: { containers: [] } }, old)).toContain(
      'spec.containers: Forbidden: pod updates may not add or remove containers',
    );
    expect(findings('pods', pod({ args: ['x'] }), old)[0]).toMatch(
      /^spec: Forbidden: pod updates may not change fields other than `spec.containers\[\*\].image`/,
    );
  });
});

describe('deployments', () => {
  it.each<[Fields, string[]]>([
    [
      deployment({ selector: { matchLabels: { app: 'y' } } }),
      [
        'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels`',
      ],
    ],
    [deployment({ selector: undefined }), ['spec.selector: Required value']],
    [
      deployment({ selector: {} }),
      ['spec.selector: Invalid value: {}: empty selector is invalid for deployment'],
    ],
    [
      deployment({ selector: { matchExpressions: [{ key: 'app', operator: 'Is' }] } }),
      [
        'spec.selector.matchExpressions[0].operator: Invalid value: "Is": not a valid selector operator',
        'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels`',
      ],
    ],
    [
      deployment({ selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['x', 'y'] }] } }),
      [],
    ],
    [deployment({ replicas: -1 }), ['spec.replicas: Invalid value: -1: must be greater than or equal to 0']],
    [
      deployment({ strategy: { type: 'Slow' } }),
      ['spec.strategy: Unsupported value: {"type":"Slow"}: supported values: "Recreate", "RollingUpdate"'],
    ],
    [
      deployment({ strategy: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } } }),
      ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
    ],
    [
      deployment({ strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }),
      ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0'],
    ],
    [
      deployment({ strategy: { rollingUpdate: { maxSurge: '25' } } }),
      [
        "spec.strategy.rollingUpdate.maxSurge: Invalid value: \"25\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
      ],
    ],
    [
      deployment({ minReadySeconds: 600 }),
      ['spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds'],
    ],
    [
      deployment({
        template: { metadata: { labels: { app: 'x' } }, ...pod({}, { restartPolicy: 'Never' }) },
      }),
      ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
    ],
  ])('%j', (fields, expected) => {
    expect(findings('deployments', fields)).toEqual(expected);
  });

  it('keep their selector', () => {
    const changed = deployment({
      selector: { matchLabels: { app: 'y' } },
      template: { metadata: { labels: { app: 'y' } }, ...pod({}) },
    });
    expect(findings('deployments', changed, deployment({}))).toEqual([
      'spec.selector: Invalid value: {"matchLabels":{"app":"y"}}: field is immutable',
    ]);
  });
});
