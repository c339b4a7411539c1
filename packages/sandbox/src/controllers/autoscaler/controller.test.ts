import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KINDS } from '../../api/kinds/index.js';
import type { Usage } from '../../api/metrics/points.js';
import type { Controller } from '../controller.js';
import { createDeploymentController } from '../deployment/controller.js';
import type { DeploymentObject } from '../objects.js';
import { createReplicaSetController } from '../replicaset/controller.js';
import { createScheduler } from '../scheduler/scheduler.js';
import {
  addNode,
  type ControllerBench,
  createBench,
  type FakeKubelet,
  startFakeKubelet,
  webDeployment,
} from '../testing.js';
import { createAutoscaler } from './controller.js';
import type { AutoscalerObject } from './objects.js';
import { PodScrape } from './pod-scrape.js';

let bench: ControllerBench;
let kubelet: FakeKubelet;
let controllers: Controller[];
/** Cores that each pod uses; undefined: there are no metrics. */
let cores: number | undefined;
let pages: (url: string) => string;

beforeEach(() => {
  bench = createBench();
  addNode(bench, 'node-a', 'zone-a');
  kubelet = startFakeKubelet(bench);
  cores = 0.5;
  pages = () => '';
  const scrape = new PodScrape(
    () => bench.clock.now(),
    async (url) => pages(url),
  );
  const usage = (): Usage => ({
    cpu: cores ?? 0,
    memoryBytes: 64 * 1024 * 1024,
    atMs: bench.clock.now(),
    windowMs: 1000,
  });
  const metrics = {
    podUsage: async () =>
      new Map(
        cores === undefined
          ? []
          : bench.api
              .list('pods', 'shop')
              .map(({ metadata }) => [`shop/${metadata.name}`, new Map([['main', usage()]])]),
      ),
    podMetric: scrape.podMetric.bind(scrape),
  };
  controllers = [
    createDeploymentController(bench.context),
    createReplicaSetController(bench.context),
    createScheduler(bench.context),
    createAutoscaler({ ...bench.context, kinds: KINDS, metrics }, { cpuInitializationMs: 0 }),
  ];
});

afterEach(() => {
  for (const controller of controllers) controller.close();
  kubelet.close();
});

function addDeployment(replicas: number, annotations: Record<string, string> = {}): void {
  const deployment = webDeployment(replicas);
  const container = { name: 'main', image: 'x', resources: { requests: { cpu: '500m', memory: '32Mi' } } };
  const template = { metadata: { labels: { app: 'web' }, annotations }, spec: { containers: [container] } };
  bench.api.create('deployments', { ...deployment, spec: { ...(deployment.spec as object), template } });
}

function addAutoscaler(spec: object = {}, name = 'web'): void {
  bench.api.create('horizontalpodautoscalers', {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name, namespace: 'shop' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      minReplicas: 1,
      maxReplicas: 10,
      ...spec,
    },
  });
}

const utilization = (name: string, averageUtilization: number) => ({
  type: 'Resource',
  resource: { name, target: { type: 'Utilization', averageUtilization } },
});
const replicas = () => (bench.api.get('deployments', 'shop', 'web') as DeploymentObject).spec.replicas;
const autoscaler = () => bench.api.get('horizontalpodautoscalers', 'shop', 'web') as AutoscalerObject;
const condition = (type: string) => autoscaler().status?.conditions?.find((each) => each.type === type);
const messages = (reason: string) =>
  bench.api
    .list('events', 'shop')
    .filter((event) => event.reason === reason)
    .map(({ message }) => String(message))
    .sort();

describe('an autoscaler', () => {
  it('adds pods until they use what is wanted, and says why', async () => {
    addDeployment(2);
    await bench.settle();
    addAutoscaler({ metrics: [utilization('cpu', 50)] });
    await bench.settle();
    expect(replicas()).toBe(4);
    expect(autoscaler().status).toMatchObject({
      currentReplicas: 2,
      desiredReplicas: 4,
      lastScaleTime: '2030-01-01T00:00:00Z',
      currentMetrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', current: { averageUtilization: 100, averageValue: '500m' } },
        },
      ],
    });
    expect(messages('SuccessfulRescale')).toEqual([
      'New size: 4; reason: cpu resource utilization (percentage of request) above target',
    ]);
    expect(condition('AbleToScale')).toMatchObject({ status: 'True', reason: 'SucceededRescale' });
    expect(condition('ScalingActive')).toMatchObject({ status: 'True', reason: 'ValidMetricFound' });
    expect(condition('ScalingLimited')).toMatchObject({ status: 'False', reason: 'DesiredWithinRange' });
    cores = 0.25;
    await bench.advance(5000);
    expect(replicas()).toBe(4);
    expect(autoscaler().status).toMatchObject({ currentReplicas: 4, desiredReplicas: 4 });
    expect(condition('AbleToScale')).toMatchObject({ reason: 'ReadyForNewScale' });
  });

  it('does nothing while another one scales the same pods, and goes on without it', async () => {
    addDeployment(2);
    await bench.settle();
    addAutoscaler({ metrics: [utilization('cpu', 50)] });
    addAutoscaler({ metrics: [utilization('cpu', 10)] }, 'other');
    await bench.settle();
    await bench.advance(5000);
    expect(replicas()).toBe(2);
    const message = 'pods by selector app=web are controlled by multiple HPAs: [shop/other shop/web]';
    expect(condition('ScalingActive')).toMatchObject({
      status: 'False',
      reason: 'AmbiguousSelector',
      message,
    });
    expect(new Set(messages('FailedComputeMetricsReplicas'))).toEqual(new Set([message]));
    bench.api.delete('horizontalpodautoscalers', 'shop', 'other');
    await bench.advance(5000);
    expect(replicas()).toBe(4);
  });

  it('takes pods away only when five minutes have passed', async () => {
    addDeployment(4);
    cores = 0;
    await bench.settle();
    addAutoscaler({ minReplicas: 2 });
    await bench.settle();
    expect(replicas()).toBe(4);
    expect(condition('AbleToScale')?.reason).toBe('ScaleDownStabilized');
    await bench.advance(295_000);
    expect(replicas()).toBe(4);
    await bench.advance(10_000);
    expect(replicas()).toBe(2);
    expect(condition('ScalingLimited')).toMatchObject({ status: 'True', reason: 'TooFewReplicas' });
    expect(messages('SuccessfulRescale')).toEqual(['New size: 2; reason: All metrics below target']);
  });

  it('goes by the behaviour that its spec asks for', async () => {
    addDeployment(4);
    cores = 0;
    await bench.settle();
    const policies = [{ type: 'Pods', value: 1, periodSeconds: 10 }];
    addAutoscaler({ behavior: { scaleDown: { stabilizationWindowSeconds: 0, policies } } });
    await bench.settle();
    expect(replicas()).toBe(3);
    expect(condition('ScalingLimited')).toMatchObject({ status: 'True', reason: 'ScaleDownLimit' });
    await bench.advance(5000);
    expect(replicas()).toBe(3);
    await bench.advance(5000);
    expect(replicas()).toBe(2);
  });

  it('brings the number between minimum and maximum without metrics', async () => {
    addDeployment(1);
    cores = undefined;
    addAutoscaler({ minReplicas: 3, maxReplicas: 4 });
    await bench.settle();
    expect(replicas()).toBe(3);
    bench.api.modify('deployments', 'shop', 'web', (copy) => {
      copy.spec = { ...(copy.spec as object), replicas: 9 };
    });
    await bench.advance(5000);
    expect(replicas()).toBe(4);
    expect(messages('SuccessfulRescale')).toEqual([
      'New size: 3; reason: Current number of replicas below Spec.MinReplicas',
      'New size: 4; reason: Current number of replicas above Spec.MaxReplicas',
    ]);
  });

  it('leaves a target alone that is scaled to zero', async () => {
    addDeployment(0);
    addAutoscaler();
    await bench.settle();
    expect(replicas()).toBe(0);
    expect(condition('ScalingActive')).toMatchObject({ status: 'False', reason: 'ScalingDisabled' });
  });

  it('changes nothing without metrics, and says so until they come', async () => {
    addDeployment(2);
    cores = undefined;
    await bench.settle();
    addAutoscaler();
    await bench.settle();
    expect(replicas()).toBe(2);
    const why = 'unable to get metrics for resource cpu: no metrics returned from resource metrics API';
    expect(condition('ScalingActive')).toMatchObject({
      status: 'False',
      reason: 'FailedGetResourceMetric',
      message: `the HPA was unable to compute the replica count: failed to get cpu utilization: ${why}`,
    });
    expect(messages('FailedComputeMetricsReplicas')).toEqual([
      `invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: failed to get cpu utilization: ${why}`,
    ]);
    cores = 0.5;
    await bench.advance(5000);
    expect(condition('ScalingActive')?.status).toBe('True');
  });

  it('says which container requests nothing', async () => {
    bench.api.create('deployments', webDeployment(1));
    await bench.settle();
    addAutoscaler();
    await bench.settle();
    expect(condition('ScalingActive')?.message).toMatch(
      /missing request for cpu in container main of Pod web-/,
    );
  });

  it.each([
    [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'gone' }, 'deployments.apps "gone" not found'],
    [
      { apiVersion: 'example.com/v1', kind: 'Thing', name: 'x' },
      'no matches for kind "Thing" in group "example.com"',
    ],
    [
      { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', name: 'x' },
      'the server could not find the requested resource',
    ],
  ])('of %j says: %s', async (scaleTargetRef, why) => {
    addAutoscaler({ scaleTargetRef });
    await bench.settle();
    expect(condition('AbleToScale')).toMatchObject({
      status: 'False',
      reason: 'FailedGetScale',
      message: `the HPA controller was unable to get the target's current scale: ${why}`,
    });
    expect(messages('FailedGetScale')).toEqual([why]);
  });
});

describe('several metrics', () => {
  it('ask for the most of them', async () => {
    addDeployment(2);
    await bench.settle();
    addAutoscaler({ metrics: [utilization('cpu', 90), utilization('memory', 50)] });
    await bench.settle();
    expect(replicas()).toBe(4);
    expect(messages('SuccessfulRescale')).toEqual([
      'New size: 4; reason: memory resource utilization (percentage of request) above target',
    ]);
    expect(autoscaler().status?.currentMetrics).toMatchObject([
      { resource: { name: 'cpu' } },
      { resource: { name: 'memory', current: { averageUtilization: 200, averageValue: '67108864' } } },
    ]);
  });

  it('of which one cannot be read take nothing away', async () => {
    addDeployment(3);
    cores = 0;
    await bench.settle();
    const pods = {
      metric: { name: 'grpc_calls_per_second' },
      target: { type: 'AverageValue', averageValue: '10' },
    };
    const behavior = { scaleDown: { stabilizationWindowSeconds: 0 } };
    addAutoscaler({ metrics: [utilization('cpu', 50), { type: 'Pods', pods }], behavior });
    await bench.settle();
    expect(replicas()).toBe(3);
    expect(condition('ScalingActive')).toMatchObject({ status: 'False', reason: 'FailedGetPodsMetric' });
  });
});

describe('metrics that pods tell themselves', () => {
  const pods = {
    metric: { name: 'grpc_calls_per_second' },
    target: { type: 'AverageValue', averageValue: '10' },
  };
  const annotations = { 'prometheus.io/port': '9100', 'prometheus.io/path': 'stats' };

  it('are read where the annotations say', async () => {
    addDeployment(2, annotations);
    const urls = new Set<string>();
    pages = (url) => {
      urls.add(url);
      return 'grpc_calls_per_second{method="Say"} 20\ngrpc_calls_per_second{method="Stream"} 5.5\n';
    };
    await bench.settle();
    addAutoscaler({ metrics: [{ type: 'Pods', pods }] });
    await bench.settle();
    expect([...urls].sort()).toEqual(['http://10.244.0.1:9100/stats', 'http://10.244.0.2:9100/stats']);
    expect(replicas()).toBe(4);
    await bench.advance(5000);
    expect(autoscaler().status?.currentMetrics).toMatchObject([
      {
        type: 'Pods',
        pods: { metric: { name: 'grpc_calls_per_second' }, current: { averageValue: '25500m' } },
      },
    ]);
    expect(messages('SuccessfulRescale')).toContain(
      'New size: 4; reason: pods metric grpc_calls_per_second above target',
    );
  });

  it('are the rate of a counter where there is only that, of the labels that are wanted', async () => {
    addDeployment(2, annotations);
    pages = () => {
      const calls = (bench.clock.now() / 1000) * 30;
      return `grpc_calls_total{method="Say"} ${calls}\ngrpc_calls_total{method="Stream"} ${calls * 9}\n`;
    };
    await bench.settle();
    const selector = { matchLabels: { method: 'Say' } };
    addAutoscaler({ metrics: [{ type: 'Pods', pods: { ...pods, metric: { ...pods.metric, selector } } }] });
    await bench.settle();
    expect(replicas()).toBe(2);
    await bench.advance(5000);
    expect(replicas()).toBe(4);
    expect(autoscaler().status?.currentMetrics).toMatchObject([
      { pods: { current: { averageValue: '30' } } },
    ]);
  });
});
