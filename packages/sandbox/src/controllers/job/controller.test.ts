import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KINDS } from '../../api/kinds/index.js';
import type { KubeObject } from '../../objects.js';
import type { Controller } from '../controller.js';
import { createGarbageCollector } from '../garbage-collector/controller.js';
import type { PodObject } from '../objects.js';
import { type ControllerBench, createBench } from '../testing.js';
import { createJobController } from './controller.js';
import type { JobObject } from './job.js';

let bench: ControllerBench;
let running: Controller[];

beforeEach(() => {
  bench = createBench();
  running = [createJobController(bench.context)];
});

afterEach(() => {
  for (const each of running) each.close();
});

const TEMPLATE = { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'fairlead/echo' }] } };

async function create(spec: Record<string, unknown> = {}): Promise<void> {
  bench.api.create('jobs', {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'tally', namespace: 'shop' },
    spec: { template: structuredClone(TEMPLATE), ...spec },
  });
  await bench.settle();
}

const job = (): JobObject => bench.api.get('jobs', 'shop', 'tally') as JobObject;
const pods = (): PodObject[] => bench.api.list('pods', 'shop') as PodObject[];
const active = (): PodObject[] =>
  pods().filter(
    ({ status, metadata }) =>
      status?.phase !== 'Failed' && status?.phase !== 'Succeeded' && !metadata.deletionTimestamp,
  );
const indexes = (): (string | undefined)[] =>
  active().map(({ metadata }) => metadata.labels?.['batch.kubernetes.io/job-completion-index']);
const conditions = (): string[] =>
  (job().status?.conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`);
const events = (reason: string): KubeObject[] =>
  bench.api.list('events', 'shop').filter((event) => event.reason === reason);

async function end(pod: PodObject | undefined, phase: 'Succeeded' | 'Failed'): Promise<void> {
  const change = (copy: KubeObject): void => {
    copy.status = { phase };
  };
  bench.api.modify('pods', 'shop', pod?.metadata.name ?? '', change, { subresource: 'status' });
  await bench.settle();
}

function change(spec: Record<string, unknown>): void {
  bench.api.modify('jobs', 'shop', 'tally', (copy) => {
    Object.assign((copy as JobObject).spec, spec);
  });
}

describe('completions', () => {
  it('are worked off by at most parallelism pods at once, until enough have succeeded', async () => {
    await create({ completions: 3, parallelism: 2 });
    expect(active()).toHaveLength(2);
    expect(job().status).toMatchObject({ active: 2, ready: 0, terminating: 0, uncountedTerminatedPods: {} });
    await end(active()[0], 'Succeeded');
    await end(active()[0], 'Succeeded');
    expect(active()).toHaveLength(1);
    expect(conditions()).toEqual([]);
    await end(active()[0], 'Succeeded');
    expect(job().status).toMatchObject({ succeeded: 3, completionTime: expect.any(String) });
    expect(job().status).not.toHaveProperty('active');
    expect(conditions()).toEqual([
      'SuccessCriteriaMet=True CompletionsReached',
      'Complete=True CompletionsReached',
    ]);
    expect(pods().flatMap(({ metadata }) => metadata.finalizers ?? [])).toEqual([]);
    expect(events('Completed')).toHaveLength(1);
  });

  it('left out: the first success ends the Job when the others have ended too', async () => {
    await create({ parallelism: 2 });
    await end(active()[0], 'Succeeded');
    expect(active()).toHaveLength(1);
    expect(conditions()).toEqual([]);
    await end(active()[0], 'Failed');
    expect(conditions()).toContain('Complete=True CompletionsReached');
  });

  it('of an Indexed Job are done once per index, whatever fails in between', async () => {
    await create({ completions: 3, parallelism: 2, completionMode: 'Indexed' });
    expect(indexes()).toEqual(['0', '1']);
    expect(active()[0]).toMatchObject({
      metadata: { generateName: 'tally-0-', finalizers: ['batch.kubernetes.io/job-tracking'] },
      spec: { hostname: 'tally-0', containers: [{ env: [{ name: 'JOB_COMPLETION_INDEX' }] }] },
    });
    await end(active()[1], 'Failed');
    await bench.advance(10_000);
    expect(indexes().sort()).toEqual(['0', '1']);
    for (let left = 3; left > 0; left--) await end(active()[0], 'Succeeded');
    expect(job().status).toMatchObject({ succeeded: 3, failed: 1, completedIndexes: '0-2' });
    expect(conditions()).toContain('Complete=True CompletionsReached');
  });
});

describe('failures', () => {
  it('are tried again after longer and longer, and end the Job beyond backoffLimit', async () => {
    await create({ backoffLimit: 1 });
    await end(active()[0], 'Failed');
    expect(active()).toHaveLength(0);
    await bench.advance(9_000);
    expect(active()).toHaveLength(0);
    await bench.advance(1_000);
    expect(active()).toHaveLength(1);
    await end(active()[0], 'Failed');
    expect(conditions()).toEqual([
      'FailureTarget=True BackoffLimitExceeded',
      'Failed=True BackoffLimitExceeded',
    ]);
    expect(job().status).toMatchObject({ failed: 2 });
    expect(events('BackoffLimitExceeded')[0]).toMatchObject({
      type: 'Warning',
      message: 'Job has reached the specified backoff limit',
    });
  });

  it('by restarts in a pod count with restartPolicy OnFailure', async () => {
    const template = { spec: { ...TEMPLATE.spec, restartPolicy: 'OnFailure' } };
    await create({ backoffLimit: 2, template });
    const restarted = (copy: KubeObject): void => {
      copy.status = { phase: 'Running', containerStatuses: [{ name: 'main', restartCount: 2 }] };
    };
    bench.api.modify('pods', 'shop', active()[0]!.metadata.name, restarted, { subresource: 'status' });
    await bench.settle();
    expect(conditions()).toContain('Failed=True BackoffLimitExceeded');
    expect(active()).toHaveLength(0);
  });

  it('by time: activeDeadlineSeconds ends what runs', async () => {
    await create({ activeDeadlineSeconds: 5, parallelism: 2, completions: 2 });
    await bench.advance(5_000);
    expect(conditions()).toContain('Failed=True DeadlineExceeded');
    expect(pods()).toEqual([]);
    expect(job().status).toMatchObject({ failed: 2 });
  });

  it('include a pod that somebody deletes, and another one takes its place', async () => {
    await create();
    bench.api.delete('pods', 'shop', active()[0]!.metadata.name);
    await bench.settle();
    await bench.advance(10_000);
    expect(active()).toHaveLength(1);
    expect(job().status).toMatchObject({ active: 1, failed: 1 });
  });
});

describe('a Job', () => {
  it('that is suspended gives up its pods without counting them, and begins anew', async () => {
    await create();
    change({ suspend: true });
    await bench.settle();
    expect(pods()).toEqual([]);
    expect(conditions()).toEqual(['Suspended=True JobSuspended']);
    expect(job().status).not.toHaveProperty('failed');
    expect(job().status).not.toHaveProperty('startTime');
    change({ suspend: false });
    await bench.settle();
    expect(active()).toHaveLength(1);
    expect(conditions()).toEqual(['Suspended=False JobResumed']);
    expect(job().status).toHaveProperty('startTime');
  });

  it('shrinks to a smaller parallelism', async () => {
    await create({ completions: 5, parallelism: 4 });
    change({ parallelism: 1 });
    await bench.settle();
    expect(active()).toHaveLength(1);
    expect(job().status).not.toHaveProperty('failed');
  });

  it('goes when ttlSecondsAfterFinished is over', async () => {
    await create({ ttlSecondsAfterFinished: 60 });
    await end(active()[0], 'Succeeded');
    await bench.advance(59_000);
    expect(job()).toBeDefined();
    await bench.advance(1_000);
    expect(job()?.metadata.deletionTimestamp).toBeDefined();
  });

  it('that is deleted lets its pods go', async () => {
    running.push(createGarbageCollector(bench.context, KINDS));
    await create({ completions: 2, parallelism: 2 });
    bench.api.delete('jobs', 'shop', 'tally');
    await bench.settle();
    await bench.advance(1000);
    expect(pods()).toEqual([]);
  });

  it('of another controller is left alone', async () => {
    await create({ managedBy: 'example.com/other' });
    expect(pods()).toEqual([]);
  });
});
