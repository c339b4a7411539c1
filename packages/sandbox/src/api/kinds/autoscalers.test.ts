import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../objects.js';
import { AUTOSCALER_V1 } from './autoscaler-v1.js';
import { kindByResource } from './index.js';

const KIND = kindByResource('horizontalpodautoscalers')!;
const TARGET = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const CPU = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } },
};
const MEMORY = {
  type: 'Resource',
  resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '64Mi' } },
};
const CALLS = {
  type: 'Pods',
  pods: { metric: { name: 'calls' }, target: { type: 'AverageValue', averageValue: '10' } },
};

function made(spec: object, status?: object): KubeObject {
  const object: KubeObject = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { scaleTargetRef: TARGET, maxReplicas: 3, ...spec },
    ...(status ? { status } : {}),
  };
  KIND.setDefaults?.(object);
  return object;
}

describe('the targets column', () => {
  it.each<[object[], object[], string]>([
    [[CPU], [], 'cpu: <unknown>/50%'],
    [
      [CPU],
      [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 7 } } }],
      'cpu: 7%/50%',
    ],
    [[MEMORY], [{ resource: { current: { averageValue: '12Mi' } } }], 'memory: 12Mi/64Mi'],
    [[CALLS], [{ pods: { current: { averageValue: '3' } } }], '3/10'],
    [[CPU, MEMORY, CALLS], [], 'cpu: <unknown>/50%, memory: <unknown>/64Mi + 1 more...'],
  ])('of %j with %j is %s', (metrics, currentMetrics, text) => {
    const object = made({ metrics }, { currentMetrics, currentReplicas: 2, desiredReplicas: 2 });
    expect(KIND.table?.cells(object, 0).slice(0, 6)).toEqual(['web', 'Deployment/web', text, '1', 3, 2]);
  });
});

describe('version 1', () => {
  it('shows the use of CPU alone', () => {
    const status = {
      currentReplicas: 1,
      desiredReplicas: 2,
      currentMetrics: [{ resource: { name: 'cpu', current: { averageUtilization: 90 } } }],
      conditions: [{ type: 'AbleToScale' }],
    };
    expect(AUTOSCALER_V1.fromStored(made({ metrics: [CALLS, CPU] }, status))).toMatchObject({
      apiVersion: 'autoscaling/v1',
      spec: { scaleTargetRef: TARGET, minReplicas: 1, maxReplicas: 3, targetCPUUtilizationPercentage: 50 },
      status: { currentReplicas: 1, desiredReplicas: 2, currentCPUUtilizationPercentage: 90 },
    });
  });

  it('keeps what it cannot say when it is written', () => {
    const stored = made({ metrics: [CPU, CALLS], behavior: { scaleUp: { selectPolicy: 'Min' } } });
    const shown = AUTOSCALER_V1.fromStored(stored);
    const changed = { ...shown, spec: { ...(shown.spec as object), targetCPUUtilizationPercentage: 70 } };
    const written = AUTOSCALER_V1.toStored(changed, stored).spec as { metrics: object[]; behavior: object };
    expect(written.metrics).toMatchObject([{ resource: { target: { averageUtilization: 70 } } }, CALLS]);
    expect(written.behavior).toEqual((stored.spec as { behavior: object }).behavior);
  });
});

it('a minimum of zero needs a metric that is none of the pods', () => {
  expect(KIND.validate?.(made({ minReplicas: 0 }))).toMatchObject([
    { field: 'spec.minReplicas' },
    { field: 'spec.metrics', reason: 'FieldValueForbidden' },
  ]);
});
