import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../objects.js';
import type { Controller } from '../controller.js';
import type { JobObject } from '../job/job.js';
import { type ControllerBench, createBench } from '../testing.js';
import { createCronJobController } from './controller.js';
import { type CronJobObject, zonedTime } from './cron-job.js';

let bench: ControllerBench;
let running: Controller;

const MINUTE = 60_000;

beforeEach(() => {
  bench = createBench();
  running = createCronJobController(bench.context);
});

afterEach(() => running.close());

async function create(spec: Record<string, unknown> = {}): Promise<void> {
  const containers = [{ name: 'main', image: 'fairlead/echo' }];
  bench.api.create('cronjobs', {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'tick', namespace: 'shop' },
    spec: {
      schedule: '*/5 * * * *',
      jobTemplate: { spec: { template: { spec: { restartPolicy: 'Never', containers } } } },
      ...spec,
    },
  });
  await bench.settle();
}

const cronJob = (): CronJobObject => bench.api.get('cronjobs', 'shop', 'tick') as CronJobObject;
const jobs = (): JobObject[] => bench.api.list('jobs', 'shop') as JobObject[];
const events = (reason: string): KubeObject[] =>
  bench.api.list('events', 'shop').filter((event) => event.reason === reason);

async function end(job: JobObject, type: 'Complete' | 'Failed'): Promise<void> {
  const now = new Date(bench.clock.now()).toISOString();
  const change = (copy: KubeObject): void => {
    copy.status = {
      startTime: job.metadata.creationTimestamp,
      conditions: [{ type, status: 'True', lastTransitionTime: now }],
      ...(type === 'Complete' ? { completionTime: now } : {}),
    };
  };
  bench.api.modify('jobs', 'shop', job.metadata.name, change, { subresource: 'status' });
  await bench.settle();
}

describe('the schedule', () => {
  it('makes a Job when it is due, named after the minute', async () => {
    await create();
    await bench.advance(5 * MINUTE - 1);
    expect(jobs()).toEqual([]);
    await bench.advance(1000);
    expect(jobs()).toHaveLength(1);
    expect(jobs()[0]).toMatchObject({
      metadata: {
        name: `tick-${Date.parse('2030-01-01T00:05:00Z') / MINUTE}`,
        annotations: { 'batch.kubernetes.io/cronjob-scheduled-timestamp': '2030-01-01T00:05:00Z' },
        ownerReferences: [{ kind: 'CronJob', name: 'tick', controller: true }],
      },
    });
    expect(cronJob().status).toMatchObject({
      lastScheduleTime: '2030-01-01T00:05:00Z',
      active: [{ kind: 'Job', name: jobs()[0]?.metadata.name }],
    });
    await bench.advance(5 * MINUTE);
    expect(jobs()).toHaveLength(2);
    expect(cronJob().status?.active).toHaveLength(2);
  });

  it('makes none while it is suspended, and the last one that was missed afterwards', async () => {
    await create({ suspend: true });
    await bench.advance(12 * MINUTE);
    expect(jobs()).toEqual([]);
    bench.api.modify('cronjobs', 'shop', 'tick', (copy) => {
      (copy as CronJobObject).spec.suspend = false;
    });
    await bench.settle();
    expect(cronJob().status).toMatchObject({ lastScheduleTime: '2030-01-01T00:10:00Z' });
    expect(jobs()).toHaveLength(1);
  });

  it('lets pass what startingDeadlineSeconds makes too late', async () => {
    await create({ suspend: true, startingDeadlineSeconds: 30 });
    await bench.advance(12 * MINUTE);
    bench.api.modify('cronjobs', 'shop', 'tick', (copy) => {
      (copy as CronJobObject).spec.suspend = false;
    });
    await bench.settle();
    expect(jobs()).toEqual([]);
    await bench.advance(4 * MINUTE);
    expect(jobs()).toHaveLength(1);
  });

  it('follows a time zone', () => {
    const ms = Date.parse('2030-07-01T22:00:00Z');
    expect(zonedTime(ms, 'UTC')).toBe('2030-07-01T22:00:00Z');
    expect(zonedTime(ms, 'Europe/Berlin')).toBe('2030-07-02T00:00:00+02:00');
    expect(zonedTime(ms, 'America/St_Johns')).toBe('2030-07-01T19:30:00-02:30');
  });

  it('goes on at once after more missed times than it counts', async () => {
    await create({ schedule: '* * * * *', suspend: true });
    await bench.advance(500 * MINUTE);
    bench.api.modify('cronjobs', 'shop', 'tick', (copy) => {
      (copy as CronJobObject).spec.suspend = false;
    });
    await bench.settle();
    expect(cronJob().status).toMatchObject({ lastScheduleTime: '2030-01-01T08:20:00Z' });
    expect(events('TooManyMissedTimes')).toHaveLength(1);
  });
});

describe('concurrencyPolicy', () => {
  it('Forbid waits for the Job that runs', async () => {
    await create({ concurrencyPolicy: 'Forbid' });
    await bench.advance(11 * MINUTE);
    expect(jobs()).toHaveLength(1);
    expect(events('JobAlreadyActive')).toHaveLength(1);
    await end(jobs()[0]!, 'Complete');
    expect(events('SawCompletedJob')[0]?.message).toMatch(/condition: Complete$/);
    expect(cronJob().status).toMatchObject({ lastSuccessfulTime: expect.any(String) });
    expect(jobs()).toHaveLength(2);
  });

  it('Replace deletes it', async () => {
    await create({ concurrencyPolicy: 'Replace' });
    await bench.advance(5 * MINUTE + 500);
    const [first] = jobs();
    await bench.advance(5 * MINUTE);
    expect(jobs()).toHaveLength(1);
    expect(jobs()[0]?.metadata.name).not.toBe(first?.metadata.name);
    expect(cronJob().status?.active).toHaveLength(1);
  });
});

describe('history', () => {
  it('keeps the newest Jobs of each end', async () => {
    await create({ successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 1 });
    await bench.advance(500);
    for (const type of ['Complete', 'Failed', 'Complete', 'Failed'] as const) {
      await bench.advance(5 * MINUTE);
      await end(jobs().at(-1)!, type);
    }
    await bench.settle();
    expect(jobs().map(({ status }) => status?.conditions?.[0]?.type)).toEqual(['Complete', 'Failed']);
    expect(
      jobs().map(({ metadata }) => metadata.annotations?.['batch.kubernetes.io/cronjob-scheduled-timestamp']),
    ).toEqual(['2030-01-01T00:15:00Z', '2030-01-01T00:20:00Z']);
  });
});
