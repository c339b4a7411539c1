import type { ResourceRef } from '@fairlead/discovery/kubernetes';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Bench, openBench, until } from './harness.js';

const JOBS: ResourceRef = { group: 'batch', version: 'v1', resource: 'jobs' };
const PODS: ResourceRef = { group: '', version: 'v1', resource: 'pods' };
const NAMESPACE = 'jobs';
const manifest = (name: string, spec: string, script: string): string => `
---
apiVersion: batch/v1
kind: Job
metadata: {name: ${name}, namespace: ${NAMESPACE}}
spec:
  ${spec}
  template:
    spec:
      restartPolicy: Never
      terminationGracePeriodSeconds: 1
      containers: [{name: shell, image: fairlead/echo, command: [sh, -c, '${script}']}]
`;
const MANIFEST = `
apiVersion: v1
kind: Namespace
metadata: {name: ${NAMESPACE}}
${manifest('tally', 'completions: 3\n  parallelism: 2\n  completionMode: Indexed', 'exit 0')}
${manifest('hopeless', 'backoffLimit: 0', 'exit 3')}
${manifest('endless', 'activeDeadlineSeconds: 2', 'sleep 1000')}
`;

let bench: Bench;

interface Job {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly status: {
    readonly conditions?: readonly { readonly type: string; readonly reason: string }[];
    readonly completedIndexes?: string;
    readonly succeeded?: number;
  };
  readonly [field: string]: unknown;
}

const job = (name: string): Promise<Job> => bench.api.get<Job>(JOBS, name, { namespace: NAMESPACE });
const endOf = async (name: string): Promise<string | undefined> =>
  (await job(name)).status.conditions?.find(({ type }) => type === 'Complete' || type === 'Failed')?.reason;

beforeAll(async () => {
  bench = await openBench();
  await bench.cluster.apply(MANIFEST);
});

afterAll(() => bench?.close());

it('a Job is complete when each index has succeeded, and its pods are let go', async () => {
  await until('the Job is complete', async () => (await endOf('tally')) === 'CompletionsReached');
  expect((await job('tally')).status).toMatchObject({ succeeded: 3, completedIndexes: '0-2' });
  const { items } = await bench.api.list<Job>(PODS, {
    namespace: NAMESPACE,
    query: { labelSelector: 'job-name=tally' },
  });
  expect(items.map(({ metadata }) => metadata.finalizers ?? null)).toEqual([null, null, null]);
});

it('a Job fails by its pods, and by its deadline', async () => {
  await until('the pod has failed', async () => (await endOf('hopeless')) === 'BackoffLimitExceeded');
  await until('the deadline is over', async () => (await endOf('endless')) === 'DeadlineExceeded');
});

it('a Job that is deleted takes its pods along', async () => {
  await bench.api.delete(JOBS, 'tally', {
    namespace: NAMESPACE,
    body: { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' },
  });
  await until('the pods are gone', async () => {
    const query = { labelSelector: 'job-name=tally' };
    return (await bench.api.list<Job>(PODS, { namespace: NAMESPACE, query })).items.length === 0;
  });
});
