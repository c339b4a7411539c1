import type { KubeObject } from '../../objects.js';
import type { Conversion } from '../kinds.js';
import type { Autoscaler, AutoscalerSpec, MetricSpec } from './autoscaler-types.js';

interface AutoscalerV1 extends KubeObject {
  spec?: Pick<AutoscalerSpec, 'scaleTargetRef' | 'minReplicas' | 'maxReplicas'> & {
    targetCPUUtilizationPercentage?: number;
  };
}

const isCpu = ({ resource }: MetricSpec): boolean =>
  resource?.name === 'cpu' && resource.target?.averageUtilization !== undefined;

/**
 * `autoscaling/v1`, which knows the use of CPU alone. Other metrics, the behaviour and the conditions are not shown, and
 * a write leaves them as they are.
 */
export const AUTOSCALER_V1: Conversion = {
  fromStored(object) {
    const { spec = {}, status = {}, ...rest }: Autoscaler = object;
    const { scaleTargetRef, minReplicas, maxReplicas, metrics = [] } = spec;
    const target = metrics.find(isCpu)?.resource?.target?.averageUtilization;
    const {
      conditions: _conditions,
      currentMetrics = [],
      ...numbers
    }: typeof status & { conditions?: unknown } = status;
    const current = currentMetrics.find(({ resource }) => resource?.name === 'cpu')?.resource?.current;
    return {
      ...rest,
      apiVersion: 'autoscaling/v1',
      spec: {
        scaleTargetRef,
        minReplicas,
        maxReplicas,
        ...(target === undefined ? {} : { targetCPUUtilizationPercentage: target }),
      },
      status: {
        currentReplicas: 0,
        ...numbers,
        ...(current?.averageUtilization === undefined
          ? {}
          : { currentCPUUtilizationPercentage: current.averageUtilization }),
      },
    };
  },

  toStored(object, stored) {
    const { spec = {}, status, ...rest }: AutoscalerV1 = object;
    const { targetCPUUtilizationPercentage: target, ...common } = spec;
    const before: Autoscaler | undefined = stored;
    const others = (before?.spec?.metrics ?? []).filter((metric) => !isCpu(metric));
    const cpu: MetricSpec[] =
      target === undefined
        ? []
        : [
            {
              type: 'Resource',
              resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: target } },
            },
          ];
    const { behavior } = before?.spec ?? {};
    return {
      ...rest,
      apiVersion: 'autoscaling/v2',
      spec: { ...common, metrics: [...cpu, ...others], ...(behavior ? { behavior } : {}) },
      ...(before?.status ? { status: before.status } : status === undefined ? {} : { status: {} }),
    };
  },
};
