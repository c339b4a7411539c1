import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../objects.js';
import type { KindInfo } from '../kinds.js';
import { KINDS, kindByGroupVersionKind, kindByResource } from './index.js';

const META = { name: 'x', namespace: 'n' };
const POD_SPEC = { containers: [{ name: 'c', image: 'img' }] };
const TEMPLATE = { metadata: { labels: { app: 'x' } }, spec: POD_SPEC };
const SELECTOR = { matchLabels: { app: 'x' } };

/** The least that a user must say of each stored kind. */
const SMALLEST: Record<string, Record<string, unknown>> = {
  namespaces: { metadata: { name: 'x' } },
  serviceaccounts: {},
  configmaps: { data: { k: 'v' } },
  secrets: { stringData: { k: 'v' } },
  pods: { spec: POD_SPEC },
  services: { spec: { ports: [{ port: 80 }] } },
  nodes: { metadata: { name: 'x' } },
  leases: { spec: { holderIdentity: 'h' } },
  events: { involvedObject: { kind: 'Pod', name: 'p', namespace: 'n' } },
  deployments: { spec: { selector: SELECTOR, template: TEMPLATE } },
  replicasets: { spec: { selector: SELECTOR, template: TEMPLATE } },
  horizontalpodautoscalers: {
    spec: { maxReplicas: 2, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' } },
  },
  poddisruptionbudgets: { spec: { minAvailable: 1 } },
  endpoints: {},
  jobs: { spec: { template: { spec: { ...POD_SPEC, restartPolicy: 'Never' } } } },
  cronjobs: {
    spec: {
      schedule: '@daily',
      jobTemplate: { spec: { template: { spec: { ...POD_SPEC, restartPolicy: 'Never' } } } },
    },
  },
  daemonsets: { spec: { selector: SELECTOR, template: TEMPLATE } },
  statefulsets: { spec: { selector: SELECTOR, template: TEMPLATE } },
  controllerrevisions: { data: {} },
  endpointslices: { addressType: 'IPv4', endpoints: [{ addresses: ['127.1.1.1'] }], ports: [{ port: 80 }] },
  roles: { rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] },
  rolebindings: { roleRef: { kind: 'Role', name: 'r' }, subjects: [{ kind: 'ServiceAccount', name: 's' }] },
  clusterroles: { metadata: { name: 'x' }, rules: [{ verbs: ['get'], nonResourceURLs: ['/healthz'] }] },
  clusterrolebindings: {
    metadata: { name: 'x' },
    roleRef: { kind: 'ClusterRole', name: 'r' },
    subjects: [{ kind: 'Group', name: 'g' }],
  },
};

function info(resource: string): KindInfo {
  const found = kindByResource(resource);
  if (!found) throw new Error(`no ${resource}`);
  return found;
}

function made(resource: string, fields: Record<string, unknown> = SMALLEST[resource] ?? {}): KubeObject {
  const { group, version, kind } = info(resource);
  const apiVersion = group === '' ? version : `${group}/${version}`;
  const object: KubeObject = { metadata: { ...META }, ...structuredClone(fields), apiVersion, kind };
  info(resource).setDefaults?.(object);
  info(resource).prepareCreate?.(object);
  return object;
}

describe('KINDS', () => {
  it('has every resource once and finds it by either name', () => {
    expect(new Set(KINDS.map(({ resource }) => resource)).size).toBe(KINDS.length);
    for (const kind of KINDS) {
      expect(kindByResource(kind.resource)).toBe(kind);
      expect(kindByGroupVersionKind(kind.group, kind.version, kind.kind)).toBe(kind);
    }
    expect(kindByResource('podtemplates')).toBeUndefined();
    expect(kindByGroupVersionKind('apps', 'v1beta1', 'Deployment')).toBeUndefined();
  });

  it('gives no short name twice', () => {
    const names = KINDS.flatMap(({ shortNames, singular }) => [...shortNames, singular]);
    expect(new Set(names).size).toBe(names.length);
  });

  it('answers reviews only to create', () => {
    const reviews = KINDS.filter(({ kind }) => kind.endsWith('Review'));
    expect(reviews.map(({ verbs }) => verbs)).toEqual(reviews.map(() => ['create']));
  });

  const stored = KINDS.filter(({ verbs }) => verbs.includes('get')).map(({ resource }) => resource);

  it.each(stored)(
    'accepts the smallest of %s, and its defaults do not change when applied again',
    (resource) => {
      expect(Object.keys(SMALLEST)).toContain(resource);
      const object = made(resource);
      expect(info(resource).validate?.(object)).toEqual([]);
      const again = structuredClone(object);
      info(resource).setDefaults?.(again);
      expect(again).toEqual(object);
      expect(info(resource).validate?.(again, object)).toEqual([]);
    },
  );

  it.each(stored)('refuses %s without a name', (resource) => {
    const object = made(resource, { ...SMALLEST[resource], metadata: { ...META, name: '' } });
    expect(info(resource).validate?.(object)).toContainEqual({
      field: 'metadata.name',
      reason: 'FieldValueRequired',
      message: 'Required value: name or generateName is required',
    });
  });
});

describe('defaults', () => {
  it('of a pod', () => {
    const probe = { httpGet: { port: 80 } };
    const pod = made('pods', {
      spec: {
        containers: [
          {
            name: 'c',
            image: 'registry:5000/img:1',
            ports: [{ containerPort: 80 }],
            readinessProbe: probe,
            resources: { limits: { cpu: 1 } },
            env: [{ name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
          },
        ],
        volumes: [{ name: 'v' }, { name: 's', secret: { secretName: 's' } }],
      },
    });
    expect(pod.spec).toMatchObject({
      restartPolicy: 'Always',
      dnsPolicy: 'ClusterFirst',
      terminationGracePeriodSeconds: 30,
      schedulerName: 'default-scheduler',
      securityContext: {},
      serviceAccountName: 'default',
      serviceAccount: 'default',
      enableServiceLinks: true,
      volumes: [
        { name: 'v', emptyDir: {} },
        { name: 's', secret: { secretName: 's', defaultMode: 420 } },
      ],
      containers: [
        {
          imagePullPolicy: 'IfNotPresent',
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
          resources: { limits: { cpu: '1' }, requests: { cpu: '1' } },
          ports: [{ containerPort: 80, protocol: 'TCP' }],
          env: [{ valueFrom: { fieldRef: { apiVersion: 'v1' } } }],
          readinessProbe: {
            httpGet: { path: '/', port: 80, scheme: 'HTTP' },
            timeoutSeconds: 1,
            periodSeconds: 10,
            successThreshold: 1,
            failureThreshold: 3,
          },
        },
      ],
    });
    expect(pod.status).toEqual({ phase: 'Pending', qosClass: 'Burstable' });
  });

  it.each([
    ['img', 'Always'],
    ['img:latest', 'Always'],
    ['host:5000/img', 'Always'],
    ['img:1.2', 'IfNotPresent'],
    ['img@sha256:00', 'IfNotPresent'],
  ])('pull %s %s', (image, policy) => {
    const pod = made('pods', { spec: { containers: [{ name: 'c', image }] } });
    expect(pod.spec).toMatchObject({ containers: [{ imagePullPolicy: policy }] });
  });

  it.each([
    [{}, 'BestEffort'],
    [{ requests: { cpu: '1' } }, 'Burstable'],
    [{ limits: { cpu: '1', memory: '1Gi' } }, 'Guaranteed'],
  ])('class resources %j as %s', (resources, qosClass) => {
    const pod = made('pods', { spec: { containers: [{ name: 'c', image: 'i', resources }] } });
    expect(pod.status).toMatchObject({ qosClass });
  });

  it('of a Deployment', () => {
    expect(made('deployments').spec).toMatchObject({
      replicas: 1,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      template: { spec: { restartPolicy: 'Always', terminationGracePeriodSeconds: 30 } },
    });
    const template = made('deployments').spec as { template: { spec: object } };
    // Only pods get an account and tolerations; a template is left as it is.
    expect(template.template.spec).not.toHaveProperty('serviceAccountName');
    expect(template.template.spec).not.toHaveProperty('tolerations');
  });

  it('of a Service', () => {
    const service = made('services', { spec: { clusterIP: 'None', ports: [{ name: 'tcp', port: 8088 }] } });
    expect(service.spec).toEqual({
      type: 'ClusterIP',
      clusterIP: 'None',
      clusterIPs: ['None'],
      // Nobody but a user knows the endpoints.
      ipFamilies: ['IPv4', 'IPv6'],
      ipFamilyPolicy: 'RequireDualStack',
      internalTrafficPolicy: 'Cluster',
      sessionAffinity: 'None',
      ports: [{ name: 'tcp', port: 8088, protocol: 'TCP', targetPort: 8088 }],
    });
    expect(service.status).toEqual({ loadBalancer: {} });
    const selecting = made('services', {
      spec: { clusterIP: 'None', selector: { a: 'b' }, ports: [{ port: 1 }] },
    });
    expect(selecting.spec).toMatchObject({ ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' });
    expect(made('services', { spec: { type: 'ExternalName', externalName: 'a.b' } }).spec).not.toHaveProperty(
      'clusterIPs',
    );
    expect(
      made('services', { spec: { sessionAffinity: 'ClientIP', ports: [{ port: 1 }] } }).spec,
    ).toMatchObject({
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } },
    });
  });

  it('of an EndpointSlice: lists that are left out are null on the wire', () => {
    expect(made('endpointslices', { addressType: 'IPv4' })).toMatchObject({ endpoints: null, ports: null });
    expect(made('endpointslices')).toMatchObject({ ports: [{ name: '', protocol: 'TCP', port: 80 }] });
  });

  it('of a Secret, a Namespace and a binding', () => {
    expect(made('secrets')).toMatchObject({ type: 'Opaque', data: { k: 'dg==' } });
    expect(made('secrets')).not.toHaveProperty('stringData');
    expect(made('namespaces')).toMatchObject({
      metadata: { labels: { 'kubernetes.io/metadata.name': 'x' } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
    expect(made('clusterrolebindings')).toMatchObject({
      roleRef: { apiGroup: 'rbac.authorization.k8s.io' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io' }],
    });
  });
});
